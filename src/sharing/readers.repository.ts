import { Injectable } from '@nestjs/common';
import type { ChangeKind } from '../changes/change-kind.model.js';
import type { Page } from '../common/pagination.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Invitation } from './invitation.model.js';
import type { SharedSession, SharedTurn } from './shared-session.model.js';

/** What leads to a share: whose it is, and which. */
export type ShareKey = Pick<SharedSession, 'ownerId' | 'shareId'>;

interface OpenedLink extends SharedSession {
  passwordHash: string | null;
}

export interface StoredInvitation extends Invitation {
  ownerId: string;
}

/** How often a share has been read since it was last noted. */
export interface Accesses extends ShareKey {
  count: number;
}

/** Rows in reading direction. */
interface TurnRows {
  rows: SharedTurn[];
  /** Whether they are fewer than asked for, and there are, because they are large. */
  cut: boolean;
}

/** A change of a shared session; nulls but for the first three when the log was looked through in vain. */
export interface SharedChangeRow {
  /** How far the log has been looked through. */
  reached: number;
  currentRevision: number;
  keptAfter: number;
  revision: number | null;
  kind: ChangeKind;
  turnId: string | null;
  turn: SharedTurn | null;
}

const SESSION = `"ownerId", "shareId", "passwordHash", title, type, "startedAt", metadata, mode, "sharedAt", "expiresAt"`;

const ofLink = statement<OpenedLink>('session_of_link', `select ${SESSION} from session_of_link($1)`);

const ofReader = statement<SharedSession>(
  'session_of_reader',
  `select ${SESSION} from session_of_reader($1, $2)`,
);

const sharedWith = statement<StoredInvitation>('shares_with', 'select * from shares_with($1, $2)');

const invitation = statement<StoredInvitation>(
  'invitation_by_id',
  'select * from shares_with($1, null) where id = $2',
);

/** As of a page of the user's own: what it may take up before it ends. It may hold one turn more, of any size. */
const PAGE_BYTES = 4 * 1024 * 1024;

const turns = statement<SharedTurn & { found: number }>(
  'shared_turns',
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

const turn = statement<SharedTurn>(
  'shared_turn',
  `select t.* from interactions i
   cross join shared_turns((select as_user($1)), $2, i.sequence - 1, false, 1) t
   where i.user_id = (select as_user($1)) and i.id = $3 and t.id = i.id`,
);

/** Of the log at once, whatever happens to the owner meanwhile, and of what it tells: turns may be megabytes. */
const ENTRIES = 2000;
const CHANGES = 10;

const changes = statement<SharedChangeRow>(
  'shared_changes',
  `select reached, current_revision as "currentRevision", kept_after as "keptAfter", revision, kind,
     turn_id as "turnId", turn
   from shared_changes((select as_user($1)), $2, $3, ${ENTRIES}, ${CHANGES})`,
);

const noteAccesses = statement<never>(
  'note_accesses_of_shares',
  `update shares s set last_access_at = now(), access_count = access_count + a.count
   from unnest($1::uuid[], $2::uuid[], $3::integer[]) a (owner_id, share_id, count)
   where s.user_id = a.owner_id and s.id = a.share_id`,
);

/** What is asked for readers: of the owner's, and only through a share that is open. */
@Injectable()
export class ReadersRepository {
  constructor(private readonly database: Database) {}

  /** The session that a link leads to, whoever asks. */
  async ofLink(digest: Buffer): Promise<OpenedLink | null> {
    const [session] = await this.database.read(ofLink, [digest]);
    return session ?? null;
  }

  /** The session that a user was invited to, and has accepted. */
  async ofReader(readerId: string, shareId: string): Promise<SharedSession | null> {
    const [session] = await this.database.read(ofReader, [readerId, shareId]);
    return session ?? null;
  }

  /** The user's invitations, accepted or not, newest first. */
  sharedWith(readerId: string, most: number): Promise<StoredInvitation[]> {
    return this.database.read(sharedWith, [readerId, most]);
  }

  async invitation(readerId: string, shareId: string): Promise<StoredInvitation | null> {
    const [row] = await this.database.read(invitation, [readerId, shareId]);
    return row ?? null;
  }

  /** Up to `limit + 1` turns beyond a sequence, as far as the share shows them now; none when it is over. */
  async turns(
    { ownerId, shareId }: ShareKey,
    { backward, limit }: Pick<Page, 'backward' | 'limit'>,
    beyond: number | undefined,
  ): Promise<TurnRows> {
    const from = beyond ?? (backward ? Number.MAX_SAFE_INTEGER : 0);
    const rows = await this.database.query(turns, [ownerId, shareId, from, backward, limit + 1]);
    return { rows, cut: rows.length < (rows[0]?.found ?? 0) };
  }

  /** One turn, if the share shows it. */
  async turn({ ownerId, shareId }: ShareKey, id: string): Promise<SharedTurn | null> {
    const [row] = await this.database.read(turn, [ownerId, shareId, id]);
    return row ?? null;
  }

  /** What happened after a revision of the owner, in order: no row at all when the share is over. */
  changes({ ownerId, shareId }: ShareKey, after: number): Promise<SharedChangeRow[]> {
    return this.database.query(changes, [ownerId, shareId, after]);
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
