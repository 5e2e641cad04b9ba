import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { SessionShare } from './share.model.js';

/** A turn in the user's log that somebody else wrote. */
export interface StoredAuthor {
  interactionId: string;
  userId: string | null;
}

const SHARE = `id, session_id as "sessionId", role,
  case when up_to < 9223372036854775807 then 'SNAPSHOT' else 'LIVE' end as mode,
  token_hash is not null as "isLink", email, reader_id as "userId",
  (select u.display_name from users u where u.id = reader_id and accepted_at is not null) as name,
  show_metadata as "showMetadata", show_context as "showContext", show_steps as "showSteps",
  password_hash is not null as "hasPassword", created_at as "createdAt", accepted_at as "acceptedAt",
  expires_at as "expiresAt", last_access_at as "lastAccessAt", access_count as "accessCount"`;

const byId = statement<SessionShare>(
  'share_by_id',
  `select ${SHARE} from shares where user_id = (select as_user($1)) and id = $2`,
);

// Without a share there is a row of nulls, without the session none.
const ofSession = statement<SessionShare | Record<keyof SessionShare, null>>(
  'shares_of_session',
  `select share.* from sessions x
   left join lateral (
     select ${SHARE} from shares where user_id = (select as_user($1)) and session_id = x.id
   ) share on true
   where x.user_id = (select as_user($1)) and x.id = $2 order by share.id desc`,
);

const authors = statement<StoredAuthor>(
  'interaction_authors',
  `select interaction_id as "interactionId", author_id as "userId" from interaction_authors
   where user_id = (select as_user($1)) and interaction_id = any($2)`,
);

/** What is asked for the user of a session. */
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

  /** Of those of the interactions that somebody else wrote. */
  authors(userId: string, interactionIds: readonly string[]): Promise<StoredAuthor[]> {
    return this.database.read(authors, [userId, interactionIds]);
  }
}
