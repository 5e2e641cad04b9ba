import { Inject, Injectable } from '@nestjs/common';
import { digestOf, newToken } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';

/** Two tabs of one client, or a retry whose first answer was lost, use one token at nearly the same time. */
const GRACE_SECONDS = 10;

/** Expired tokens go, but not the first one of a family that lives: its row says whether the family is revoked. */
const IS_OLD = `old.expires_at <= now() and not (
    old.id = old.family_id and exists (
      select from refresh_tokens living
      where living.user_id = old.user_id and living.family_id = old.id and living.expires_at > now()))`;

const prune = (userId: string) => `
  delete from refresh_tokens old
  where old.user_id = ${userId} and ${IS_OLD}`;

// Waits for nobody: what another one holds now, it drops itself.
const pruneAll = statement<{ count: number }>(
  'prune_refresh_tokens',
  `with unused as (
     select user_id, id from refresh_tokens old where ${IS_OLD} for update skip locked
   ), pruned as (
     delete from refresh_tokens t using unused where t.user_id = unused.user_id and t.id = unused.id returning 1
   )
   select count(*) from pruned`,
);

const startFamily = statement<never>(
  'start_token_family',
  `with pruned as (${prune('$1')})
   insert into refresh_tokens (user_id, id, family_id, token_hash, expires_at)
   values ($1, $2, $2, $3, now() + make_interval(days => $4))`,
);

// The first use of a token, and its parallel uses by the same client: within the grace period, while none of the tokens
// it was exchanged for has been used. Any other use revokes the family, by the row of its first token. `for update`
// makes parallel calls wait for each other and see the use that came first.
const rotate = statement<{ userId: string }>(
  'rotate_refresh_token',
  `with token as materialized (
     select * from refresh_tokens where token_hash = $1 for update
   ), used as (
     update refresh_tokens old set used_at = coalesce(token.used_at, now())
     from token, refresh_tokens first
     where old.user_id = token.user_id and old.id = token.id and token.expires_at > now()
       and first.user_id = token.user_id and first.id = token.family_id and first.revoked_at is null
       and (token.used_at is null or token.used_at > now() - make_interval(secs => $5) and not exists (
         select from refresh_tokens successor
         where successor.user_id = token.user_id and successor.predecessor_id = token.id
           and successor.used_at is not null))
     returning old.user_id, old.id, old.family_id
   ), revoked as (
     update refresh_tokens first set revoked_at = now()
     from token
     where not exists (select from used)
       and first.user_id = token.user_id and first.id = token.family_id and first.revoked_at is null
   ), pruned as (${prune('(select user_id from used)')})
   insert into refresh_tokens (user_id, id, family_id, predecessor_id, token_hash, expires_at)
   select user_id, $2, family_id, id, $3, now() + make_interval(days => $4) from used
   returning user_id as "userId"`,
);

const revokeFamily = statement<never>(
  'revoke_token_family',
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
    await this.database.query(startFamily, [userId, uuidv7(), digestOf(token), this.days]);
    return token;
  }

  /** Undefined when the token is unknown, expired, revoked, or was used before: then its whole family ends. */
  async rotate(token: string): Promise<{ userId: string; refreshToken: string } | undefined> {
    const refreshToken = newToken();
    const [row] = await this.database.query(rotate, [
      digestOf(token),
      uuidv7(),
      digestOf(refreshToken),
      this.days,
      GRACE_SECONDS,
    ]);
    return row && { userId: row.userId, refreshToken };
  }

  /** Of everybody; returns how many. */
  async pruneAll(): Promise<number> {
    return (await this.database.ownerQuery(pruneAll, []))[0]!.count;
  }

  async revokeFamily(userId: string, token: string): Promise<void> {
    await this.database.query(revokeFamily, [userId, digestOf(token)]);
  }
}
