import { execute } from './database.js';

/**
 * Compresses what a user's interactions say, the oldest ones, so many of them together; what waits for an answer stays as
 * it is.
 */
export async function compressAll(
  url: string,
  userId: string,
  { together = 5, most = 1000 } = {},
): Promise<void> {
  await execute(
    url,
    `select compress_together($1, array_agg(t.sequence)) from (
       select sequence, (row_number() over (order by sequence) - 1) / $2::integer as value from interactions
       where user_id = $1 and status <> 'PENDING' and compressed_in is null order by sequence limit $3
     ) t group by t.value`,
    [userId, together, most],
  );
}

/** How many of a user's interactions are compressed. */
export async function compressedOf(url: string, userId: string): Promise<number> {
  const [row] = (await execute(
    url,
    'select count(*)::integer as count from interactions where user_id = $1 and compressed_in is not null',
    [userId],
  )) as { count: number }[];
  return row!.count;
}
