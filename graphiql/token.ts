const STORED = 'recollect:token';
const NONE = '...';

/**
 * The access token given as `#token=...` (a fragment is never sent to a server), else the one given before. It is
 * taken out of the address, and replaces the one before in tabs that are kept from then.
 */
export function takeTokenFromAddress(): string {
  const before = sessionStorage.getItem(STORED) ?? NONE;
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!given) return before;
  history.replaceState(null, '', location.pathname + location.search);
  for (const [key, value] of Object.entries(sessionStorage) as [string, string][]) {
    sessionStorage.setItem(key, value.replaceAll(`Bearer ${before}`, `Bearer ${given}`));
  }
  sessionStorage.setItem(STORED, given);
  return given;
}

/** What the headers editor of a new tab holds. */
export function authorizationHeaders(token: string): string {
  return JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2);
}
