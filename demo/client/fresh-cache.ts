/** The latest values, for as long as they are fresh. */
export class FreshCache<T> {
  private readonly entries = new Map<string, { readonly value: T; readonly until: number }>();
  private readonly size: number;
  private readonly freshFor: number;

  /** @param freshFor - In ms. By the date, since one cache may serve engines whose clocks differ. */
  constructor(size: number, freshFor: number) {
    this.size = size;
    this.freshFor = freshFor;
  }

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    if (entry.until <= Date.now()) return undefined;
    this.entries.set(key, entry); // The latest to be used is the last to go.
    return entry.value;
  }

  set(key: string, value: T): void {
    this.entries.delete(key);
    this.entries.set(key, { value, until: Date.now() + this.freshFor });
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.size) break;
      this.entries.delete(oldest);
    }
  }
}
