import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

/** Whom an application means. */
export interface External {
  applicationId: string;
  channel: string;
  externalId: string;
}

const userOf = statement<{ userId: string | null }>(
  'identities.user_of',
  'select user_of_identity($1, $2, $3) as "userId"',
);

const userOfNew = statement<{ userId: string | null }>(
  'identities.user_of_new',
  'select user_of_new_identity($1, $2, $3, $4, $5) as "userId"',
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
}
