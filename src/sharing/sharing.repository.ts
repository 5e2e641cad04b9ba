import { Injectable } from '@nestjs/common';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { SessionShare } from './share.model.js';
import type { SharedSession, SharedTurn } from './shared-session.model.js';

export interface OpenedLink extends SharedSession {
  passwordHash: string | null;
}

/** How often a share has been read since it was last noted. */
export interface Accesses {
  ownerId: string;
  shareId: string;
  count: number;
}

/** Rows in reading direction. */
export interface TurnRows {
  rows: SharedTurn[];
  /** Whether they are fewer than asked for, and there are, because they are large. */
  cut: boolean;
}

const SHARE = `id, session_id as "sessionId", role,
  case when up_to < 9223372036854775807 then 'SNAPSHOT' else 'LIVE' end as mode,
  show_metadata as "showMetadata", show_context as "showContext", show_steps as "showSteps",
  password_hash is not null as "hasPassword", created_at as "createdAt", expires_at as "expiresAt",
  last_access_at as "lastAccessAt", access_count as "accessCount"`;

const byId = statement<SessionShare>(
  'shares.by_id',
  `select ${SHARE} from shares where user_id = (select as_user($1)) and id = $2`,
);

// Without a share there is a row of nulls, without the session none.
const ofSession = statement<SessionShare | Record<keyof SessionShare, null>>(
  'shares.of_session',
  `select share.* from sessions x
   left join lateral (
     select ${SHARE} from shares where user_id = (select as_user($1)) and session_id = x.id
   ) share on true
   where x.user_id = (select as_user($1)) and x.id = $2 order by share.id desc`,
);

const ofLink = statement<OpenedLink>(
  'shares.session_of_link',
  `select "ownerId", "shareId", "passwordHash", title, type, "startedAt", metadata, mode, "sharedAt", "expiresAt"
   from session_of_link($1)`,
);

/** As of a page of the user's own: what it may take up before it ends. It may hold one turn more, of any size. */
const PAGE_BYTES = 4 * 1024 * 1024;

const turns = statement<SharedTurn & { found: number }>(
  'shares.turns',
  `select * from (
     select t.*, count(*) over () as found, row_number() over page as place, coalesce(sum(
       coalesce(octet_length(question), 0) + coalesce(octet_length(answer), 0)
       + coalesce(octet_length(steps::text), 0) + coalesce(octet_length(metadata::text), 0)
       + coalesce(octet_length("contextUsed"::text), 0)
     ) over (page rows between unbounded preceding and 1 preceding), 0) as bytes
     from shared_turns((select as_user($1)), $2, $3, $4, $5) t
     window page as (order by case when $4 then -sequence else sequence end)
   ) weighed where bytes < ${PAGE_BYTES} or place = 1 order by place`,
);

const noteAccesses = statement<never>(
  'shares.note_accesses',
  `update shares s set last_access_at = now(), access_count = access_count + a.count
   from unnest($1::uuid[], $2::uuid[], $3::integer[]) a (owner_id, share_id, count)
   where s.user_id = a.owner_id and s.id = a.share_id`,
);

@Injectable()
export class SharingRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<SessionShare | null> {
    const [share] = await this.database.read(byId, [userId, id]);
    return share ?? null;
  }

  /** Newest first; null when there is no such session. */
  async ofSession(userId: string, sessionId: string): Promise<SessionShare[] | null> {
    const rows = await this.database.read(ofSession, [userId, sessionId]);
    return rows.length > 0 ? rows.filter((row): row is SessionShare => row.id !== null) : null;
  }

  /** The session that a link leads to, whoever asks. */
  async ofLink(digest: Buffer): Promise<OpenedLink | null> {
    const [session] = await this.database.read(ofLink, [digest]);
    return session ?? null;
  }

  /** Up to `limit + 1` turns beyond a sequence, as far as the share shows them now; none when it is over. */
  async turns(
    { ownerId, shareId }: Pick<SharedSession, 'ownerId' | 'shareId'>,
    { backward, limit }: Pick<Page, 'backward' | 'limit'>,
    beyond: number | undefined,
  ): Promise<TurnRows> {
    const from = beyond ?? (backward ? Number.MAX_SAFE_INTEGER : 0);
    const rows = await this.database.query(turns, [ownerId, shareId, from, backward, limit + 1]);
    return { rows, cut: rows.length < (rows[0]?.found ?? 0) };
  }

  /** As the role that owns the tables: they are of many users. */
  async noteAccesses(accesses: readonly Accesses[]): Promise<void> {
    await this.database.ownerQuery(noteAccesses, [
      accesses.map(({ ownerId }) => ownerId),
      accesses.map(({ shareId }) => shareId),
      accesses.map(({ count }) => count),
    ]);
  }
}
