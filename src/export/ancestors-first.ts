import type { Needs } from './export.repository.js';

/** The ids in their order, except that each comes after those of them that it needs, and these only once. */
export function ancestorsFirst(ids: readonly string[], rows: readonly Needs[]): string[] {
  const needsOf = new Map(rows.map(({ id, needs }) => [id, needs]));
  const left = new Set(ids);
  const ordered: string[] = [];
  for (const id of ids) {
    const path = [id];
    while (path.length > 0) {
      const current = path.at(-1)!;
      const needed = needsOf.get(current)?.find((one) => left.has(one) && !path.includes(one));
      if (needed !== undefined) path.push(needed);
      else {
        path.pop();
        if (left.delete(current)) ordered.push(current);
      }
    }
  }
  return ordered;
}
