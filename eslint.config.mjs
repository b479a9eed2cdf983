import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist/", "build/", ".tmp/", "bench/"]),
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An Operation is a thenable and does nothing until it runs: one that is dropped is a bug as much as a dropped promise.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          checkThenables: true,
          // Spawning is done when startSoon returns; the handle is there for who wants the value.
          allowForKnownSafePromises: [{ from: "file", name: ["Task", "TaskHandle"] }],
        },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
        { selector: "ExportAllDeclaration", message: "A barrel lists what it exports." },
      ],

      // A task body may be async or a generator for its kind alone, with nothing to wait for.
      "@typescript-eslint/require-await": "off",
      "require-yield": "off",
      // The compiler keeps a narrowed field narrow across calls that change it; re-entrant code must look again.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // What was thrown is passed on as it came.
      "@typescript-eslint/only-throw-error": [
        "error",
        { allowThrowingUnknown: true, allowThrowingAny: true, allowRethrowing: true },
      ],
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `(_ignored) => …` and `using _held = …`.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none", ignoreUsingDeclarations: true },
      ],
      // `as T` keeps an `undefined` that belongs to T; `!` would take it away.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // A getter on the prototype costs no field per instance, and a subclass may override it.
      "@typescript-eslint/class-literal-property-style": "off",
      // A lower floor sees an interface where a higher one put the class; the brand tells, not the constructor.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // Overloads that differ in one word read better than a union, each with its own doc comment.
      "@typescript-eslint/unified-signatures": "off",
      // `isolatedDeclarations` wants a type where the initializer is a name, such as NaN.
      "@typescript-eslint/no-inferrable-types": "off",
      // `top !== undefined && top.job === null` narrows `top` as well; an optional chain does not.
      "@typescript-eslint/prefer-optional-chain": "off",
      // Indexing is checked (noUncheckedIndexedAccess); where an invariant says more than the type, `!` says so.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    // RxJS 7 marks as deprecated what version 8 was to make internal. The one door to it may use that.
    files: ["src/base/rx.ts"],
    rules: { "@typescript-eslint/no-deprecated": "off" },
  },
  {
    // Specs leave operations unrun, call without need, and pass empty functions, to see what happens.
    files: ["spec/**/*.ts"],
    rules: {
      "@typescript-eslint/no-empty-function": "off",
      // Foreign awaits are what some specs are about.
      "@typescript-eslint/await-thenable": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: {
      globals: {
        ...{ console: false, process: false, URL: false, performance: false, module: false },
        ...{ setTimeout: false, clearTimeout: false, setImmediate: false },
      },
    },
  },
  {
    files: ["tools/runners/**/*.mjs"],
    languageOptions: {
      globals: {
        ...{ setInterval: false, AbortSignal: false, Deno: false },
        ...{ describe: false, it: false, beforeEach: false, expect: false, expectAsync: false },
      },
    },
  },
);
