import { createHash } from 'node:crypto';

/** Same content, same text: object keys sorted at every level, absent and null alike. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item != null)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

/**
 * 128 bits of SHA-256 over a payload, as hex: what tells a retry under a client-supplied id from another payload
 * under the same id.
 */
export function fingerprint(payload: object): string {
  const text = JSON.stringify(canonical(payload));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
