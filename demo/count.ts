/**
 * Counts: what is known of a text, of one file, and of all files so far.
 *
 * @module
 */

/** What one text holds. */
export interface Count {
  readonly bytes: number;
  readonly lines: number;
  readonly words: number;
  /** How often each identifier is used, outside of comments and strings. */
  readonly names: ReadonlyMap<string, number>;
}

/** What became of one path: it was counted, or it could not be read. */
export type FileCount = (Count & { readonly path: string }) | { readonly path: string; readonly unreadable: string };

/** Comments and strings come first, so that what is in them is no identifier. A regular expression literal may fool it. */
const TOKEN = /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[A-Za-z_$][\w$]*/g;

const RESERVED = new Set(
  (
    "abstract any as async await boolean break case catch class const constructor continue declare default delete do else enum export " +
    "extends false finally for from function get if implements import in instanceof interface is keyof let never new null number object of " +
    "private protected public readonly return set static string super switch symbol this throw true try type typeof undefined unknown var " +
    "void while with yield"
  ).split(" "),
);

/** Counts `text`. */
export function countText(text: string): Count {
  const names = new Map<string, number>();
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^[\w$]/.test(token) && !RESERVED.has(token)) names.set(token, (names.get(token) ?? 0) + 1);
  }
  const newlines = text.split("\n").length - 1;
  return {
    bytes: Buffer.byteLength(text),
    lines: text === "" || text.endsWith("\n") ? newlines : newlines + 1,
    words: text.match(/\S+/g)?.length ?? 0,
    names,
  };
}

/** The sums that a report shows. Plain data: two of them are equal when their JSON is. */
export interface Sums {
  readonly files: number;
  readonly unreadable: readonly string[];
  readonly bytes: number;
  readonly lines: number;
  readonly words: number;
  /** The five most used identifiers; of equals, the first by name. */
  readonly top: readonly (readonly [name: string, uses: number])[];
}

/** Adds up files, in whatever order they come. */
export class Totals {
  /** Files that were counted. */
  files = 0;
  private bytes = 0;
  private lines = 0;
  private words = 0;
  private readonly unreadable: string[] = [];
  private readonly names = new Map<string, number>();

  /** Everything that was added, what could not be read among it. */
  get results(): number {
    return this.files + this.unreadable.length;
  }

  add(file: FileCount): void {
    if ("unreadable" in file) {
      this.unreadable.push(`${file.path} (${file.unreadable})`);
      return;
    }
    this.files++;
    this.bytes += file.bytes;
    this.lines += file.lines;
    this.words += file.words;
    for (const [name, uses] of file.names) this.names.set(name, (this.names.get(name) ?? 0) + uses);
  }

  sums(): Sums {
    const { files, bytes, lines, words } = this;
    // By code unit and not by locale: every machine agrees on it.
    const top = [...this.names].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 5);
    return { files, unreadable: this.unreadable.toSorted(), bytes, lines, words, top };
  }
}
