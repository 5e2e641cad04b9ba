import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

/** Expired tokens go, but not the first one of a family that lives: its row says whether the family is revoked. */
const prune = (userId: string) => `
  delete from refresh_tokens old
  where old.user_id = ${userId} and old.expires_at <= now() and not (
    old.id = old.family_id and exists (
      select from refresh_tokens living
      where living.user_id = old.user_id and living.family_id = old.id and living.expires_at > now()))`;

const startFamily = statement<never>(
  'refreshTokens.startFamily',
  `with pruned as (${prune('$1')})
   insert into refresh_tokens (user_id, id, family_id, token_hash, expires_at)
   values ($1, $2, $2, $3, now() + make_interval(days => $4))`,
);

// Of concurrent calls with one token only one updates its row; the others wait for it, find the token used, and
// revoke. They do so on the row of the family's first token, which each of them sees: rows that a faster call has
// just inserted are not in their snapshot.
const rotate = statement<{ userId: string }>(
  'refreshTokens.rotate',
  `with used as (
     update refresh_tokens token set used_at = now()
     from refresh_tokens first
     where token.token_hash = $1 and token.used_at is null and token.expires_at > now()
       and first.user_id = token.user_id and first.id = token.family_id and first.revoked_at is null
     returning token.user_id, token.family_id
   ), revoked as (
     update refresh_tokens first set revoked_at = now()
     from refresh_tokens token
     where token.token_hash = $1 and not exists (select from used)
       and first.user_id = token.user_id and first.id = token.family_id and first.revoked_at is null
   ), pruned as (${prune('(select user_id from used)')})
   insert into refresh_tokens (user_id, id, family_id, token_hash, expires_at)
   select user_id, $2, family_id, $3, now() + make_interval(days => $4) from used
   returning user_id as "userId"`,
);

const revokeFamily = statement<never>(
  'refreshTokens.revokeFamily',
  `update refresh_tokens first set revoked_at = now()
   from refresh_tokens token
   where token.user_id = $1 and token.token_hash = $2
     and first.user_id = token.user_id and first.id = token.family_id and first.revoked_at is null`,
);

/** Refresh tokens: 32 random bytes, of which only a digest is stored. */
@Injectable()
export class AuthRepository {
  private readonly days: number;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) config: Config,
  ) {
    this.days = config.REFRESH_TOKEN_DAYS;
  }

  async startFamily(userId: string): Promise<string> {
    const token = newToken();
    await this.database.query(startFamily, [userId, uuidv7(), digest(token), this.days]);
    return token;
  }

  /** Undefined when the token is unknown, expired, revoked, or was used: then its whole family ends. */
  async rotate(token: string): Promise<{ userId: string; refreshToken: string } | undefined> {
    const refreshToken = newToken();
    const [row] = await this.database.query(rotate, [
      digest(token),
      uuidv7(),
      digest(refreshToken),
      this.days,
    ]);
    return row && { userId: row.userId, refreshToken };
  }

  async revokeFamily(userId: string, token: string): Promise<void> {
    await this.database.query(revokeFamily, [userId, digest(token)]);
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
