interface Page {
  addEventListener?: (event: 'online', listener: () => void) => void;
  removeEventListener?: (event: 'online', listener: () => void) => void;
}

/** Calls `back` whenever a browser is online again, and never elsewhere. Gives a function that ends this. */
export function whenOnline(back: () => void): () => void {
  const page = globalThis as Page;
  page.addEventListener?.('online', back);
  return () => page.removeEventListener?.('online', back);
}
