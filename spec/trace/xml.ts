/**
 * A strict reader of XML, as far as drawings go: no entity but numeric ones, no CDATA, no comment, no doctype.
 *
 * @module
 */

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (XmlElement | string)[];
}

const NAME = /[A-Za-z][\w:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z][\w:.-]*)="([^"<]*)"/y;
/* eslint-disable no-control-regex -- it is about them. */
/** What XML 1.0 forbids. */
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/* eslint-enable no-control-regex */

/** Reads a document of one element; throws at the first slip. */
export function parseXml(xml: string): XmlElement {
  if (FORBIDDEN.test(xml)) throw new Error("a character that XML forbids");
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(xml.slice(at, at + 60))}`);
  };
  const match = (pattern: RegExp): RegExpExecArray => {
    pattern.lastIndex = at;
    const found = pattern.exec(xml) ?? fail(`expected ${pattern}`);
    at = pattern.lastIndex;
    return found;
  };
  const open = (): [XmlElement, closed: boolean] => {
    at++;
    const [name] = match(NAME);
    const attributes = new Map<string, string>();
    while (/\s/.test(xml.charAt(at))) {
      const [, key, value] = match(ATTRIBUTE) as unknown as [string, string, string];
      if (attributes.has(key)) fail(`a second ${key}`);
      attributes.set(key, decoded(value));
    }
    const closed = xml.startsWith("/>", at);
    if (!closed && xml.charAt(at) !== ">") fail("expected > or />");
    at += closed ? 2 : 1;
    return [{ name, attributes, children: [] }, closed];
  };
  if (!xml.startsWith("<")) fail("expected the root");
  const [root, empty] = open();
  const stack = empty ? [] : [root];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (xml.startsWith("</", at)) {
      at += 2;
      const [name] = match(NAME);
      if (name !== top.name) fail(`</${name}> in <${top.name}>`);
      match(/>/y);
      stack.pop();
    } else if (xml.startsWith("<", at)) {
      const [element, closed] = open();
      top.children.push(element);
      if (!closed) stack.push(element);
    } else {
      const [content] = match(/[^<]+/y);
      if (content.includes("]]>") && top.name !== "style") fail("]]> in text");
      top.children.push(decoded(content));
    }
  }
  if (at !== xml.length) fail("something behind the root");
  return root;
}

function decoded(text: string): string {
  return text.replace(/&([^;]*;?)/g, (all, entity: string) => {
    const code = /^#(\d+);$/.exec(entity)?.[1];
    if (code === undefined) throw new Error(`a bare & in ${JSON.stringify(text.slice(0, 80))}`);
    return String.fromCodePoint(Number(code));
  });
}

/** `root` and everything in it. */
export function* elementsOf(root: XmlElement): Generator<XmlElement> {
  yield root;
  for (const child of root.children) if (typeof child !== "string") yield* elementsOf(child);
}

/** The text of an element, without that of its tooltip. */
export function textOf(element: XmlElement): string {
  return element.children.filter((child) => typeof child === "string").join("");
}

/** The tooltip of an element; empty where it has none. */
export function tooltipOf(element: XmlElement): string {
  const title = element.children.find((child) => typeof child !== "string" && child.name === "title");
  return title === undefined ? "" : textOf(title as XmlElement);
}
