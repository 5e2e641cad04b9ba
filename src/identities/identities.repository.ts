import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Identity } from './identity.model.js';

/** Whom an application means. */
export interface External {
  applicationId: string;
  channel: string;
  externalId: string;
}

const userOf = statement<{ userId: string | null }>(
  'user_of_identity',
  'select user_of_identity($1, $2, $3) as "userId"',
);

const userOfNew = statement<{ userId: string | null }>(
  'user_of_new_identity',
  'select user_of_new_identity($1, $2, $3, $4, $5) as "userId"',
);

const createLinkCode = statement<{ expiresAt: string }>(
  'create_link_code',
  `insert into link_codes (user_id, code_hash, expires_at)
   select user_id, $2, $3 from revisions where user_id = (select as_user($1))
   on conflict (user_id) do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at
   returning expires_at as "expiresAt"`,
);

const userOfLinkCode = statement<{ userId: string | null }>(
  'user_of_link_code',
  'select user_of_link_code($1) as "userId"',
);

const sweepLinkCodes = statement<{ count: number }>(
  'sweep_link_codes',
  `with expired as (
     select user_id from link_codes where expires_at <= now() for update skip locked
   ), swept as (
     delete from link_codes l using expired where l.user_id = expired.user_id returning 1
   )
   select count(*) from swept`,
);

const LINKED = `select id, channel, external_id as "externalId", linked_at as "linkedAt" from identities
   where user_id = (select as_user($1)) and linked_at is not null`;

const linked = statement<Identity>('linked_identities', `${LINKED} order by linked_at desc, id`);

const linkedAs = statement<Identity>(
  'identity_linked_as',
  `${LINKED} and application_id = $2 and channel = $3 and external_id = $4`,
);

const unlink = statement<{ id: string }>(
  'unlink_identity',
  `delete from identities
   where user_id = (select as_user($1)) and id = $2 and linked_at is not null returning id`,
);

@Injectable()
export class IdentitiesRepository {
  constructor(private readonly database: Database) {}

  async userOf({ applicationId, channel, externalId }: External): Promise<string | undefined> {
    const [row] = await this.database.read(userOf, [applicationId, channel, externalId]);
    return row!.userId ?? undefined;
  }

  /** Created at first sight. Undefined when there is no such application any more. */
  async userOfNew({ applicationId, channel, externalId }: External): Promise<string | undefined> {
    const values = [applicationId, channel, externalId, uuidv7(), uuidv7()];
    const [row] = await this.database.query(userOfNew, values);
    return row!.userId ?? undefined;
  }

  /** False when there is no such user any more. */
  async createLinkCode(userId: string, hash: Buffer, expiresAt: Date): Promise<boolean> {
    return (await this.database.query(createLinkCode, [userId, hash, expiresAt])).length > 0;
  }

  async userOfLinkCode(hash: Buffer): Promise<string | null> {
    const [row] = await this.database.read(userOfLinkCode, [hash]);
    return row!.userId;
  }

  /** Drops the expired ones of everybody; returns how many. */
  async sweepLinkCodes(): Promise<number> {
    return (await this.database.ownerQuery(sweepLinkCodes, []))[0]!.count;
  }

  /** Newest first. */
  linked(userId: string): Promise<Identity[]> {
    return this.database.read(linked, [userId]);
  }

  async linkedAs(
    userId: string,
    { applicationId, channel, externalId }: External,
  ): Promise<Identity | undefined> {
    const [identity] = await this.database.read(linkedAs, [userId, applicationId, channel, externalId]);
    return identity;
  }

  async unlink(userId: string, id: string): Promise<boolean> {
    return (await this.database.query(unlink, [userId, id])).length > 0;
  }
}
