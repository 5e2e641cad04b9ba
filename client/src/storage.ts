/** Where a client keeps what must survive a reload. Values are text; a written value is there after a crash. */
export interface Storage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** The keys that begin with `prefix`, in alphabetical order. */
  keys(prefix: string): Promise<string[]>;
}

/** Keeps nothing beyond the process. */
export class MemoryStorage implements Storage {
  private readonly values = new Map<string, string>();

  async get(key: string): Promise<string | null> {
    return this.values.get(key) ?? null;
  }

  async set(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }

  async remove(key: string): Promise<void> {
    this.values.delete(key);
  }

  async keys(prefix: string): Promise<string[]> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}

/** The part of a browser's `localStorage` that is used. */
interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A browser's `localStorage`, or another of its kind. Tabs share it. */
export class BrowserStorage implements Storage {
  private readonly web: WebStorage;

  constructor(
    web?: WebStorage,
    private readonly prefix = 'recollect/',
  ) {
    const found = web ?? (globalThis as { localStorage?: WebStorage }).localStorage;
    if (!found) throw new Error('There is no localStorage here: give a Storage, such as a FileStorage.');
    this.web = found;
  }

  async get(key: string): Promise<string | null> {
    return this.web.getItem(this.prefix + key);
  }

  async set(key: string, value: string): Promise<void> {
    this.web.setItem(this.prefix + key, value);
  }

  async remove(key: string): Promise<void> {
    this.web.removeItem(this.prefix + key);
  }

  async keys(prefix: string): Promise<string[]> {
    const own = this.prefix + prefix;
    return Array.from({ length: this.web.length }, (_, index) => this.web.key(index) ?? '')
      .filter((key) => key.startsWith(own))
      .map((key) => key.slice(this.prefix.length))
      .sort();
  }
}
