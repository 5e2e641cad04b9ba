import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { Database } from '../database/database.js';
import { translateFailure } from '../database/failures.js';
import { statement } from '../database/statement.js';
import { DeletionKind, type DeletionReceipt } from '../deletions/deletion-receipt.model.js';
import { UserEntity } from './user.entity.js';
import type { User } from './user.model.js';

const MODEL = `id, email, display_name as "displayName", time_zone as "timeZone",
  idle_timeout_seconds as "idleTimeoutSeconds", created_at as "createdAt"`;

const readUser = statement<User>(
  'user_by_id',
  `select ${MODEL}, r.value as revision
   from revisions r join users u on u.id = r.user_id
   where r.user_id = (select as_user($1))`,
);

const createUser = statement<User>(
  'create_user',
  `with created as (
     insert into users (id, email, password_hash, display_name, time_zone)
     values ($1, $2, $3, $4, coalesce($5, 'UTC'))
     on conflict (email) do nothing
     returning *
   ), counter as (
     insert into revisions (user_id) select as_user(id) from created
   )
   select ${MODEL}, 0 as revision from created`,
);

// "do update", as "do nothing" would return no row to the loser of a race. The common case writes nothing.
const findOrCreateIdentity = statement<{ id: string }>(
  'find_or_create_identity',
  `with found as (
     select id from users where issuer = $2 and subject = $3
   ), created as (
     insert into users (id, issuer, subject)
     select $1::uuid, $2, $3 where not exists (select from found)
     on conflict (issuer, subject) do update set subject = excluded.subject
     returning id
   ), counter as (
     insert into revisions (user_id) select as_user(id) from created on conflict do nothing
   )
   select id from found union all select id from created`,
);

const eraseUser = statement<Omit<DeletionReceipt, 'kind' | 'subjectId'>>(
  'erase_user',
  'select revision, at, removed, rebuilt from erase_user($1)',
);

interface NewUser {
  email: string;
  passwordHash: string;
  displayName?: string | null;
  timeZone?: string;
}

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  async read(userId: string): Promise<User | undefined> {
    const [user] = await this.database.read(readUser, [userId]);
    return user;
  }

  /** Undefined when the e-mail is taken. */
  async create({ email, passwordHash, displayName, timeZone }: NewUser): Promise<User | undefined> {
    const [user] = await this.database.query(createUser, [
      uuidv7(),
      email,
      passwordHash,
      displayName,
      timeZone,
    ]);
    return user;
  }

  async findOrCreateIdentity(issuer: string, subject: string): Promise<string> {
    const [user] = await this.database.query(findOrCreateIdentity, [uuidv7(), issuer, subject]);
    return user!.id;
  }

  async findCredentials(by: { id: string } | { email: string }): Promise<UserEntity | null> {
    try {
      return await this.database.dataSource
        .getRepository(UserEntity)
        .findOne({ where: by, select: { id: true, passwordHash: true } });
    } catch (error) {
      throw translateFailure(error);
    }
  }

  /**
   * What went, or null when there is no such user any more. As the owner, whose statements may take a minute: the cascade
   * of a long history outlasts the service's own.
   */
  async erase(userId: string): Promise<DeletionReceipt | null> {
    const [erased] = await this.database.ownerQuery(eraseUser, [userId]);
    return erased ? { ...erased, kind: DeletionKind.USER, subjectId: userId } : null;
  }
}
