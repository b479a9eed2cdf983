/** Turns an example into a module: adds the imports it leaves out, and makes assertions of its `// =>` and `// throws` comments. */
import { readFileSync } from "node:fs";
import ts from "typescript";

const parse = (name, text) => ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
const has = (node, kind) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);

const cache = new Map();

/** The names of the values that a source file exports. */
export function exportsOf(file) {
  let names = cache.get(file);
  if (names) return names;
  cache.set(file, (names = new Set()));
  for (const statement of parse(file, readFileSync(file, "utf8")).statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      if (statement.isTypeOnly) continue;
      for (const element of statement.exportClause.elements) if (!element.isTypeOnly) names.add(element.name.text);
    } else if (has(statement, ts.SyntaxKind.ExportKeyword)) {
      if (ts.isVariableStatement(statement)) {
        for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) names.add(name.text);
      } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
        names.add(statement.name.text);
      }
    }
  }
  return names;
}

/** The names that the code uses and does not declare. */
function freeNames(source) {
  const used = new Set();
  const declared = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isQualifiedName(parent) && parent.right === node) ||
        (ts.isBindingElement(parent) && parent.propertyName === node) ||
        ((ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isTypeElement(parent)) &&
          parent.name === node);
      const isDeclaration =
        (ts.isVariableDeclaration(parent) ||
          ts.isParameter(parent) ||
          ts.isBindingElement(parent) ||
          ts.isFunctionLike(parent) ||
          ts.isClassLike(parent) ||
          ts.isInterfaceDeclaration(parent) ||
          ts.isTypeAliasDeclaration(parent) ||
          ts.isImportClause(parent) ||
          ts.isImportSpecifier(parent) ||
          ts.isNamespaceImport(parent)) &&
        parent.name === node;
      if (isDeclaration && !isMember) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...used].filter((name) => !declared.has(name));
}

/** `await ` where the code may wait, nothing in generators and plain functions. */
function awaitAt(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at) && !ts.isTypeNode(at)) return has(at, ts.SyntaxKind.AsyncKeyword) ? "await " : "";
    if (ts.isClassStaticBlockDeclaration(at)) return "";
  }
  return "await ";
}

const isExpression = (text) => {
  const { parseDiagnostics } = parse("value.ts", `(${text}\n);`);
  return parseDiagnostics.length === 0;
};

/**
 * @param {{ file: string, line: number, lines: string[] }} example - `line` is where its first line stands in the document.
 * @param {{ from: string, names: Set<string> }[]} scopes - Where missing names are looked up, in order.
 * @returns {{ code: string, problems: { line: number, text: string }[] }} The module keeps every line at the document's number.
 */
export function toModule(example, scopes) {
  const text = example.lines.join("\n");
  const source = parse("example.ts", text);
  const docLine = (position) => example.line + source.getLineAndCharacterOfPosition(position).line;
  const problems = source.parseDiagnostics.map((diagnostic) => ({
    line: docLine(diagnostic.start),
    text: `not TypeScript: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`,
  }));

  // Asserted statements by position, outer ones before those inside them.
  const asserted = new Map();
  const comments = new Set();
  const visit = (node) => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      for (const { pos, end } of ts.getTrailingCommentRanges(text, node.end) ?? []) {
        const match = /^\/\/ (?:=> (.*)|throws ([A-Z]\w*).*)$/.exec(text.slice(pos, end).trimEnd());
        if (!match || comments.has(pos)) continue;
        comments.add(pos);
        asserted.set(node, { line: docLine(pos), value: match[1], name: match[2] });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const match of text.matchAll(/\/\/ (=> |throws [A-Z])/g)) {
    if (!comments.has(match.index)) {
      problems.push({
        line: docLine(match.index),
        text: "asserts nothing: put the comment behind the end of a statement",
      });
    }
  }

  /** The text of a node with the assertions inside it put in. */
  const render = (node) => {
    const start = node.getStart(source);
    let at = start;
    let out = "";
    for (const [statement, assertion] of asserted) {
      if (statement === node || statement.getStart(source) < at || statement.end > node.end) continue;
      out += text.slice(at, statement.getStart(source)) + rewrite(statement, assertion);
      at = statement.end;
    }
    return out + text.slice(at, node.end);
  };

  const rewrite = (statement, { line, value, name }) => {
    const wait = awaitAt(statement);
    const shown = JSON.stringify(statement.getText(source));
    let { expression } = statement;
    // `console.log(x); // => 3` speaks of x.
    if (expression && ts.isCallExpression(expression) && expression.arguments.length === 1) {
      if (expression.expression.getText(source) === "console.log") [expression] = expression.arguments;
    }
    if (name !== undefined) {
      const tried = expression ? `${wait}(${render(expression)});` : render(statement);
      return `; { let __thrown = __doc.none; try { ${tried} } catch (__error) { __thrown = __error; } __doc.threw(__thrown, "${name}", ${line}, ${shown}); }`;
    }
    if (!isExpression(value)) {
      problems.push({ line, text: `not a value: ${value}` });
      return "";
    }
    const check = (actual) => `; __doc.same(${wait}(${actual}), () => (${value}), ${line}, ${shown});`;
    if (expression) return check(render(expression));
    const [declaration] = statement.declarationList.declarations;
    if (!ts.isIdentifier(declaration.name)) {
      problems.push({ line, text: "a value is asserted of an expression or of one name, not of a pattern" });
      return "";
    }
    return render(statement) + check(declaration.name.text);
  };
  const code = text.slice(0, source.getStart(source)) + render(source);

  const imports = [];
  const free = freeNames(source);
  const taken = new Set();
  for (const { from, names } of scopes) {
    const here = free.filter((name) => names.has(name) && !taken.has(name));
    for (const name of here) taken.add(name);
    if (here.length > 0) imports.push(`import { ${here.join(", ")} } from "${from}";`);
  }
  // The first line of a document is never code: there is room for the imports.
  return { code: `${imports.join(" ")} export {};${"\n".repeat(example.line - 1)}${code}\n`, problems };
}
