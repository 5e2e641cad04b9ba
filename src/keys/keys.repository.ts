import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { KeyScope, ServiceKey } from './service-key.model.js';

/** What a key says about itself. */
interface KeyRow {
  id: string;
  ownerId: string;
  scopes: string[];
  ratePerMinute: number;
  expiresAt: string | null;
}

interface NewKey {
  id: string;
  name: string;
  hash: Buffer;
  scopes: KeyScope[];
  ratePerMinute: number;
  expiresAt: Date | null;
}

const MODEL = `id, name, scopes::text[], rate_per_minute as "ratePerMinute", created_at as "createdAt",
  expires_at as "expiresAt", last_used_at as "lastUsedAt"`;

const ofHash = statement<KeyRow>(
  'service_key_of',
  `select id, owner_id as "ownerId", scopes, rate_per_minute as "ratePerMinute", expires_at as "expiresAt"
   from service_key_of($1)`,
);

// No row: there is no such user. Only nulls: there are too many keys.
const create = statement<ServiceKey | Record<keyof ServiceKey, null>>(
  'create_service_key',
  `with owner as (
     select user_id from revisions where user_id = (select as_user($1))
   ), created as (
     insert into service_keys (user_id, id, name, key_hash, scopes, rate_per_minute, expires_at)
     select user_id, $2, $3, $4, $5::text[]::key_scope[], $6, $7 from owner
     where (select count(*) from service_keys where user_id = (select as_user($1))) < $8
     returning *
   )
   select ${MODEL} from owner left join created using (user_id)`,
);

const ofUser = statement<ServiceKey>(
  'service_keys_of_user',
  `select ${MODEL} from service_keys where user_id = (select as_user($1)) order by id desc`,
);

const revoke = statement<{ id: string }>(
  'revoke_service_key',
  'delete from service_keys where user_id = (select as_user($1)) and id = $2 returning id',
);

const noteUse = statement<never>(
  'note_use_of_service_key',
  `update service_keys set last_used_at = now()
   where user_id = (select as_user($1)) and id = $2
     and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
);

@Injectable()
export class KeysRepository {
  constructor(private readonly database: Database) {}

  async ofHash(hash: Buffer): Promise<KeyRow | undefined> {
    const [key] = await this.database.read(ofHash, [hash]);
    return key;
  }

  /** Undefined when there is no such user; null when they have `most` keys. */
  async create(userId: string, key: NewKey, most: number): Promise<ServiceKey | null | undefined> {
    const { id, name, hash, scopes, ratePerMinute, expiresAt } = key;
    const values = [userId, id, name, hash, scopes, ratePerMinute, expiresAt, most];
    const [row] = await this.database.query(create, values);
    if (!row) return undefined;
    return row.id === null ? null : row;
  }

  ofUser(userId: string): Promise<ServiceKey[]> {
    return this.database.read(ofUser, [userId]);
  }

  async revoke(userId: string, id: string): Promise<boolean> {
    return (await this.database.query(revoke, [userId, id])).length > 0;
  }

  async noteUse(ownerId: string, id: string): Promise<void> {
    await this.database.query(noteUse, [ownerId, id]);
  }
}
