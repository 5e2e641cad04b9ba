import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError } from '../common/errors.js';
import { Remembered } from '../common/remembered.js';
import { digestOf, newToken } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import type { ServiceKeyPass, Viewer } from '../graphql/context.js';
import { IdentitiesService } from '../identities/identities.service.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import { LiveService } from '../live/live.service.js';
import { UserRole } from '../users/user.model.js';
import { UsersService } from '../users/users.service.js';
import { KeysRepository } from './keys.repository.js';
import { DEFAULT_RATE, type CreateServiceKeyInput } from './service-key.input.js';
import { KeyScope, type CreatedServiceKey, type ServiceKey } from './service-key.model.js';

/** The id in it tells whose a key is that turns up somewhere, and nothing about the other 256 bits. */
const FORM = /^rk_[0-9a-f]{32}_[\w-]{43}$/;
const MOST_KEYS = 100;
const REMEMBERED_KEYS = 10_000;
/** How long a revoked key lives on in a process that did not hear of it. */
const REMEMBERED_MS = 5000;
const USE_NOTED_MS = 60_000;
const MINUTE_SECONDS = 60;
/** One limit for all keys: what each field of a key takes of it is by the key's own rate. */
const POINTS_PER_MINUTE = 1_000_000_000;

/** Service keys: made, shown, taken back, and told apart on every request. */
@Injectable()
export class KeysService {
  private readonly passes = new Remembered<ServiceKeyPass>(REMEMBERED_KEYS, REMEMBERED_MS);
  private readonly noted = new LRUCache<string, true>({ max: REMEMBERED_KEYS, ttl: USE_NOTED_MS });
  private readonly rate: Limit;

  constructor(
    private readonly repository: KeysRepository,
    private readonly identities: IdentitiesService,
    private readonly live: LiveService,
    private readonly users: UsersService,
    limits: LimitsService,
  ) {
    this.rate = limits.limit('service-key', POINTS_PER_MINUTE, MINUTE_SECONDS);
    live.onAccessChanged(() => this.passes.forget());
    live.onUserGone(() => this.passes.forget());
  }

  async create(userId: string, input: CreateServiceKeyInput): Promise<CreatedServiceKey> {
    if (input.scopes.includes(KeyScope.ADMIN) && this.users.roleOf(userId) !== UserRole.ADMIN) {
      throw new ForbiddenError('Only an administrator can create a key with the scope ADMIN.');
    }
    const id = uuidv7();
    const key = `rk_${id.replaceAll('-', '')}_${newToken()}`;
    const serviceKey = await this.repository.create(
      userId,
      {
        id,
        name: input.name,
        hash: digestOf(key),
        scopes: input.scopes,
        ratePerMinute: input.ratePerMinute ?? DEFAULT_RATE,
        expiresAt: input.expiresAt ?? null,
      },
      MOST_KEYS,
    );
    if (serviceKey === undefined) throw new UnauthenticatedError('This account does not exist any more.');
    if (serviceKey === null)
      throw new ConflictError(`There are ${MOST_KEYS} service keys: revoke one first.`);
    return { key, serviceKey };
  }

  list(userId: string): Promise<ServiceKey[]> {
    return this.repository.ofUser(userId);
  }

  async revoke(userId: string, id: string): Promise<string> {
    if (!(await this.repository.revoke(userId, id))) throw new NotFoundError('Service key');
    this.live.accessChanged(id);
    return id;
  }

  /** Whom a key acts for: the user of `identity`, such as `telegram:12345`, and its creator without. */
  async authenticate(key: string, identity: string | undefined): Promise<Viewer> {
    const pass = FORM.test(key) ? await this.find(digestOf(key)) : undefined;
    if (!pass) throw new UnauthenticatedError('The service key is not valid.');
    if (pass.expiresAt <= Date.now()) throw new UnauthenticatedError('The service key has expired.');
    this.noteUse(pass);
    const { ownerId, expiresAt } = pass;
    if (identity === undefined) return { userId: ownerId, expiresAt, key: pass };
    // Whoever comes for the first time counts: made-up names must not fill the database.
    const userId = await this.identities.resolve(ownerId, identity, () => this.count(pass));
    return { userId, expiresAt, key: { ...pass, identity } };
  }

  /** Whether the key would be let in again, as the same user. */
  async isStillGood({ userId, key }: Viewer): Promise<boolean> {
    if (!key) return true;
    if (!(await this.find(key.hash))) return false;
    return (
      key.identity === undefined || userId === (await this.identities.resolve(key.ownerId, key.identity))
    );
  }

  /** Lets a key run one root field that needs a scope, or throws. */
  async admit(key: ServiceKeyPass, scope: KeyScope): Promise<true> {
    if (!key.scopes.includes(scope)) throw new ForbiddenError(`The service key lacks the scope ${scope}.`);
    await this.count(key);
    return true;
  }

  private count({ id, ratePerMinute }: ServiceKeyPass): Promise<void> {
    return this.rate.take(
      id,
      Math.floor(POINTS_PER_MINUTE / ratePerMinute),
      `The service key may run ${ratePerMinute} root fields a minute`,
    );
  }

  private find(hash: Buffer): Promise<ServiceKeyPass | undefined> {
    return this.passes.get(hash.toString('base64'), async () => {
      const key = await this.repository.ofHash(hash);
      return key && { ...key, hash, expiresAt: key.expiresAt ? Date.parse(key.expiresAt) : Infinity };
    });
  }

  /** Once a minute, and nobody waits for it. */
  private noteUse({ ownerId, id }: ServiceKeyPass): void {
    if (this.noted.has(id)) return;
    this.noted.set(id, true);
    this.repository.noteUse(ownerId, id).catch(() => this.noted.delete(id));
  }
}
