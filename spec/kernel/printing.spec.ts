import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { isTaskGroupError, operation, run, sleep, sleepForever, taskGroup, type TaskGroupError } from "anyrx";
import esbuild from "esbuild";
import { map, timer } from "rxjs";
import { everywhere, thrownBy } from "../field/everywhere.ts";
import { onRealClock, reallyWaits } from "../support/real-time.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** For a process that takes a second on a quiet machine, in ms. */
const PATIENCE = 30_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  /** What it printed as errors, its own path written as `/app/main.ts`, without the version of Node at the end. */
  readonly err: string;
}

describe("An uncaught failure", () => {
  reallyWaits("it ends a process");

  let folder = "";

  beforeAll(() => {
    // In the package, so that the program finds it by its name.
    mkdirSync(join(root, ".tmp"), { recursive: true });
    folder = mkdtempSync(join(root, ".tmp", "printing-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function start(file: string, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    // What the loader of TypeScript calls is deprecated on newer hosts, and not what is looked at here.
    const sources = ["-C", "@anyrx/source", "--import", "./tools/ts.mjs", "--disable-warning=DEP0180"];
    return new Promise((resolve) => {
      const options = { cwd: root, env: { ...process.env, NODE_OPTIONS: "", ANYRX_DEV: "", ...env } };
      const child = execFile(process.execPath, [...sources, ...flags, join(folder, file)], options, (_, out, err) => {
        const plain = err.replaceAll(`file://${folder}/`, "/app/").replaceAll(`${folder}/`, "/app/");
        resolve({ code: child.exitCode, out, err: plain.replace(/\n\nNode\.js v.*\n$/, "") });
      });
    });
  }

  function runs(program: string, flags?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
    writeFileSync(join(folder, "main.ts"), program);
    return start("main.ts", flags, env);
  }

  /** The program and the text of the guide: what a reader is promised. */
  function guide(): { program: string; text: string } {
    const page = readFileSync(join(root, "docs/guide/errors.md"), "utf8");
    const [, program = "", text = ""] = /<!-- program -->\n\n```ts\n(.*?)```\n\n```text\n(.*?)\n```/s.exec(page) ?? [];
    return { program, text };
  }

  it(
    "three groups deep prints what the guide shows",
    async () => {
      const { program, text } = guide();
      const { code, err } = await runs(program, ["--enable-source-maps"]);
      expect(err).toBe(text);
      expect(code).toBe(1);
    },
    PATIENCE,
  );

  it(
    "prints the same without source maps, but for the lines of the compiled program",
    async () => {
      const { program, text } = guide();
      const { err } = await runs(program);
      expect(err.replace(/:\d+:\d+\)/g, ")")).toBe(text.replace(/:\d+:\d+\)/g, ")"));
    },
    PATIENCE,
  );

  it(
    "names the line that waited, and that of the group, in development mode",
    async () => {
      const { err } = await runs(
        [
          'import { createMemoryObjectStream, failAfter, run, sleep, sleepForever, taskGroup } from "anyrx";',
          'const [send, receive] = createMemoryObjectStream<number>(0, { name: "jobs" });',
          "async function worker() {",
          "  await receive.receive();",
          "}",
          "function* slow() {",
          "  yield* failAfter(1, () => sleepForever());",
          "}",
          "const end = () => receive.close();",
          "await run(() =>",
          "  taskGroup(async (tg) => {",
          "    tg.startSoon(worker);",
          "    await sleep(1);",
          "    end();",
          "  }),",
          ").catch((error) => console.error(error.stack));",
          "await run(() => taskGroup((tg) => tg.startSoon(slow)));",
        ].join("\n"),
        ["--enable-source-maps"],
        { ANYRX_DEV: "1" },
      );
      const lines = err.split("\n").map((line) => line.replace(/(\.ts:\d+):\d+/, "$1"));
      expect(lines.slice(1, 3)).toEqual([
        "    at a task group (/app/main.ts:11)",
        '    └─ task "worker": ClosedResourceError: Cannot receive from the memory object stream "jobs": it is closed; clone it before you close it, or close it later',
      ]);
      expect(lines.slice(3, 5)).toEqual([
        "           at end (/app/main.ts:9)",
        "           at <anonymous> (/app/main.ts:14)",
      ]);
      expect(lines[5]).toBe("           at async worker (/app/main.ts:4)");
      const second = lines.slice(lines.findIndex((line, i) => i > 0 && line.startsWith("TaskGroupError")));
      expect(second.slice(1)).toEqual([
        "    at a task group (/app/main.ts:17)",
        '    └─ task "slow": TimeoutError: Cannot finish within 1 ms: the time is up; allow more time, or handle TimeoutError',
        "           at slow (/app/main.ts:7)",
      ]);
    },
    PATIENCE,
  );

  it(
    "is whole for whoever watches uncaught errors, and printed by nobody else",
    async () => {
      const failing = [
        'import { run, taskGroup } from "anyrx";',
        'void run(() => taskGroup(() => { throw new Error("no"); }, { name: "seen" }));',
      ].join("\n");
      const monitored = await runs(
        `process.on("uncaughtExceptionMonitor", (error) => console.log("monitor", error.errors.length));\n` +
          `process.on("exit", (code) => console.log("exit", code));\n${failing}`,
      );
      expect(monitored.out).toBe("monitor 1\nexit 1\n");
      expect(monitored.err).toMatch(
        /^TaskGroupError: Cannot complete the task group "seen".*\n {4}at .*\n.*the body: Error: no\n.*main\.ts:\d+:\d+.*$/,
      );
      const handled = await runs(
        `process.on("uncaughtException", (error) => setTimeout(() => console.log("caught", error.errors.length), 5));\n${failing}`,
      );
      expect([handled.code, handled.out, handled.err]).toEqual([0, "caught 1\n", ""]);
    },
    PATIENCE,
  );

  it(
    "reaches the other side of a worker with its tree and its errors",
    async () => {
      writeFileSync(
        join(folder, "worker.mjs"),
        'import { run, taskGroup } from "anyrx";\nvoid run(() => taskGroup(() => { throw new Error("no"); }, { name: "far" }));\n',
      );
      const { out } = await runs(
        [
          'import { Worker } from "node:worker_threads";',
          'const worker = new Worker(new URL("./worker.mjs", import.meta.url));',
          'worker.on("error", (error: any) => console.log(error.errors.length, error.stack.split("\\n")[1].trim()));',
        ].join("\n"),
      );
      expect(out).toBe('1 at the task group "far"\n');
    },
    PATIENCE,
  );

  it(
    "hides nothing of the user when a bundler has put all into one file",
    async () => {
      writeFileSync(join(folder, "app.ts"), guide().program);
      await esbuild.build({
        ...{ absWorkingDir: root, entryPoints: [join(folder, "app.ts")], outfile: join(folder, "dist/index.mjs") },
        ...{ bundle: true, format: "esm", platform: "node", conditions: ["@anyrx/source"], logLevel: "silent" },
        packages: "bundle",
      });
      const { err } = await start("dist/index.mjs");
      expect(err).toContain('task "fetch 7": RangeError: no user 7');
      expect(err).toMatch(/at fetchUser \(\/app\/dist\/index\.mjs:\d+:\d+\)/);
      expect(err).toMatch(/at watch\d? \(\/app\/dist\/index\.mjs:\d+:\d+\)/);
    },
    PATIENCE,
  );
});

describe("The error of a task group", () => {
  const grouped = async (body: Parameters<typeof taskGroup>[0]): Promise<TaskGroupError> =>
    (await thrownBy(() => taskGroup(body, { name: "g" }))) as TaskGroupError;

  everywhere("says in which task each error was thrown, whatever its style", async () => {
    const error = await grouped(async (tg) => {
      tg.startSoon(
        async () => {
          await sleep(1);
          throw new Error("async");
        },
        { name: "a" },
      );
      tg.startSoon(function* gen() {
        try {
          yield* sleepForever();
        } catch {
          throw new Error("generator");
        }
      });
      tg.startSoon(() => timer(0).pipe(map(() => sleepForever())), { name: "fine" });
      try {
        await sleepForever();
      } catch {
        throw new Error("body");
      }
    });
    const found = error.errors.map((e: Error, i) => `${error.tasks[i] ?? "the body"}: ${e.message}`).sort();
    expect(found).toEqual(["a: async", "gen: generator", "the body: body"]);
    expect(inspect(error)).toBe(error.stack!);
  });

  everywhere("names the task whose work was left behind", async () => {
    const error = await grouped((tg) => {
      tg.startSoon(
        async () => {
          const work = operation(async () => {
            try {
              await sleepForever();
            } catch {
              throw new Error("cleanup");
            }
          });
          const subscription = work().subscribe();
          await sleep(1);
          subscription.unsubscribe();
        },
        { name: "leaver" },
      );
    });
    expect([error.errors.map(String), error.tasks]).toEqual([["Error: cleanup"], ["leaver"]]);
  });

  everywhere("names the child that start() started", async () => {
    const error = await grouped(async (tg) => {
      await tg.start(
        async (status) => {
          status.started();
          await sleep(1);
          throw new Error("later");
        },
        { name: "server" },
      );
    });
    expect(error.tasks).toEqual(["server"]);
  });

  for (const backend of ["native", "virtual"] as const) {
    it(`names the main task, when a run fails with more than that [${backend}]`, async () => {
      if (backend !== "virtual") onRealClock();
      const error = await thrownBy(() =>
        run(
          async () => {
            const left = operation(async () => {
              try {
                await sleepForever();
              } catch {
                throw new Error("left");
              }
            });
            const subscription = left().subscribe();
            await sleep(1);
            subscription.unsubscribe();
            throw new Error("main");
          },
          { backend },
        ),
      );
      expect(isTaskGroupError(error) && error.tasks).toEqual(["main", "main"]);
    });
  }
});
