import { Inject, Injectable } from '@nestjs/common';
import { BadUserInputError, ForbiddenError, NotFoundError, UnauthenticatedError } from '../common/errors.js';
import { Remembered } from '../common/remembered.js';
import { deriveKey, SECRET } from '../config/secret.js';
import { Commands } from '../database/commands.js';
import type { Viewer } from '../graphql/context.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import { LiveService } from '../live/live.service.js';
import { IdentitiesRepository, type External } from './identities.repository.js';
import type { Identity, LinkCode } from './identity.model.js';
import { codeHash, newCode } from './link-code.js';

/** A channel and what it calls the person. No space: two headers of one name come as `a, b`. */
const FORM = /^([a-z][a-z0-9_-]{0,31}):([\x21-\x7e]{1,200})$/;
const REMEMBERED_IDENTITIES = 50_000;
const REMEMBERED_MS = 5000;

const CODE_MS = 600_000;
const WINDOW_SECONDS = 900;
const CODES_PER_USER = 10;
/** Codes that are not good, of one identity and of all of an application. */
const FAILURES_PER_IDENTITY = 5;
const FAILURES_PER_APPLICATION = 1000;

/** The people of other platforms. Each application has its own: `telegram:12345` of two are two users. */
@Injectable()
export class IdentitiesService {
  private readonly users = new Remembered<string>(REMEMBERED_IDENTITIES, REMEMBERED_MS);
  private readonly codeKey: Buffer;
  private readonly codes: Limit;
  private readonly ofIdentity: Limit;
  private readonly ofApplication: Limit;

  constructor(
    private readonly repository: IdentitiesRepository,
    private readonly commands: Commands,
    private readonly live: LiveService,
    limits: LimitsService,
    @Inject(SECRET) secret: Buffer,
  ) {
    this.codeKey = deriveKey(secret, 'link-code');
    this.codes = limits.limit(
      'link-code',
      CODES_PER_USER,
      WINDOW_SECONDS,
      `At most ${CODES_PER_USER} codes in ${WINDOW_SECONDS / 60} minutes`,
    );
    this.ofIdentity = limits.limit('link-of-identity', FAILURES_PER_IDENTITY, WINDOW_SECONDS);
    this.ofApplication = limits.limit('link-of-application', FAILURES_PER_APPLICATION, WINDOW_SECONDS);
    live.onAccessChanged(() => this.users.forget());
    live.onUserGone(() => this.users.forget());
  }

  /** The user whom an application calls so, created at first sight; `beforeNew` may refuse to. */
  async resolve(
    applicationId: string,
    identity: string,
    beforeNew: () => Promise<void> = async () => {},
  ): Promise<string> {
    const external = parse(applicationId, identity);
    const userId = await this.users.get(`${applicationId} ${identity}`, async () => {
      const known = await this.repository.userOf(external);
      if (known) return known;
      await beforeNew();
      return this.repository.userOfNew(external);
    });
    if (!userId) throw new UnauthenticatedError('The account of this service key does not exist any more.');
    return userId;
  }

  list(userId: string): Promise<Identity[]> {
    return this.repository.linked(userId);
  }

  async createLinkCode(userId: string): Promise<LinkCode> {
    await this.codes.take(userId);
    const code = newCode();
    const expiresAt = new Date(Date.now() + CODE_MS);
    if (!(await this.repository.createLinkCode(userId, codeHash(this.codeKey, code), expiresAt))) {
      throw new UnauthenticatedError('This account does not exist any more.');
    }
    return { code, expiresAt };
  }

  /** Drops the link codes of everybody that have expired; returns how many. */
  dropExpiredCodes(): Promise<number> {
    return this.repository.sweepLinkCodes();
  }

  /** Makes the identity that a bot acts for stand for the person who made the code, with all that it has recorded. */
  async link({ userId: before, key }: Viewer, code: string): Promise<Identity> {
    if (key?.identity === undefined)
      throw new ForbiddenError('Only a bot that acts for somebody links them.');
    const external = parse(key.ownerId, key.identity);
    await this.ofIdentity.take(before);
    await this.ofApplication.take(key.ownerId);
    const hash = codeHash(this.codeKey, code);
    const userId = await this.repository.userOfLinkCode(hash);
    if (!userId) throw new NotFoundError('Link code');
    const command = { kind: 'linkIdentity', userId, codeHash: hash.toString('hex'), ...external };
    await this.commands.runLong(command);
    await this.ofIdentity.giveBack(before);
    await this.ofApplication.giveBack(key.ownerId);
    if (before !== userId) this.live.userDeleted(before);
    const identity = await this.repository.linkedAs(userId, external);
    if (!identity) throw new NotFoundError('Identity'); // unlinked meanwhile
    return identity;
  }

  async unlink(userId: string, id: string): Promise<string> {
    if (!(await this.repository.unlink(userId, id))) throw new NotFoundError('Identity');
    this.live.accessChanged(userId);
    return id;
  }
}

function parse(applicationId: string, identity: string): External {
  const [, channel, externalId] = FORM.exec(identity) ?? [];
  if (!channel || !externalId) {
    const reason = 'must be a channel and an id, such as telegram:12345';
    throw new BadUserInputError({ 'X-Recollect-User': [reason] });
  }
  return { applicationId, channel, externalId };
}
