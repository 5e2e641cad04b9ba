import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

const CHANNEL = 'recollect_changes';
/** In place of a revision: the user is gone. */
const GONE = -1;
/** In place of a revision: what the id, of a user or a service key, gives access to is not what it was. */
const ACCESS_CHANGED = -2;

const notify = statement<object>('live_notify', `select pg_notify('${CHANNEL}', $1)`);

/** Whom hints are for. They may come late, twice, out of order or never. */
export interface Hinted {
  hint(userId: string, revision: number): void;
  gone(userId: string): void;
  accessChanged(id: string): void;
  recheck(): void;
}

/** How processes tell each other that there is something to read. */
export interface WakeUps {
  /** That these users' data was changed by this process. */
  changed(revisions: ReadonlyMap<string, number>): void;
  gone(userId: string): void;
  accessChanged(id: string): void;
  close(): Promise<void>;
}

/** Whoever writes notifies, in the transaction of the write itself, so only what is no write is told from here. */
export async function wakeUpsOverPostgres(database: Database, hinted: Hinted): Promise<WakeUps> {
  const onMessage = (payload: string) => receive(payload, hinted);
  const close = await database.listen(CHANNEL, onMessage, () => hinted.recheck());
  // When it cannot be told, the others' re-check finds out.
  const tell = (text: string) => void database.query(notify, [text]).catch(() => undefined);
  return {
    changed: () => undefined,
    gone: (userId) => tell(`${userId}:${GONE}`),
    accessChanged: (id) => tell(`${id}:${ACCESS_CHANGED}`),
    close,
  };
}

export function wakeUpsOverRedis(url: string, hinted: Hinted): WakeUps {
  // A hint that cannot be sent now is not worth keeping: the re-check makes up for it.
  const publisher = connect(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const subscriber = connect(url, {});
  const publish = (text: string) => void publisher.publish(CHANNEL, text).catch(() => undefined);
  subscriber.on('message', (_channel, payload) => receive(payload, hinted));
  subscriber.on('ready', () => hinted.recheck());
  subscriber.subscribe(CHANNEL).catch(() => undefined); // renewed by ioredis with each connection
  return {
    changed: (revisions) =>
      publish(Array.from(revisions, ([userId, revision]) => `${userId}:${revision}`).join()),
    gone: (userId) => publish(`${userId}:${GONE}`),
    accessChanged: (id) => publish(`${id}:${ACCESS_CHANGED}`),
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function connect(url: string, options: object): Redis {
  const logger = new Logger('Redis');
  const redis = new Redis(url, { maxRetriesPerRequest: null, ...options });
  let reachable = true;
  redis.on('ready', () => (reachable = true));
  redis.on('error', (error) => {
    // Each attempt to reconnect fails with the same words: once is enough.
    if (reachable) logger.warn(`Redis is not reachable, live updates may be late: ${error.message}`);
    reachable = false;
  });
  return redis;
}

/** `userId:revision,userId:revision` */
function receive(payload: string, hinted: Hinted): void {
  for (const item of payload.split(',')) {
    const [userId, revision] = item.split(':');
    if (!userId) continue;
    if (Number(revision) === GONE) hinted.gone(userId);
    else if (Number(revision) === ACCESS_CHANGED) hinted.accessChanged(userId);
    else if (Number(revision) > 0) hinted.hint(userId, Number(revision));
  }
}
