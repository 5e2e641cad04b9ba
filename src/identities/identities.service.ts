import { Injectable } from '@nestjs/common';
import { BadUserInputError, UnauthenticatedError } from '../common/errors.js';
import { Remembered } from '../common/remembered.js';
import { LiveService } from '../live/live.service.js';
import { IdentitiesRepository } from './identities.repository.js';

/** A channel and what it calls the person. No space: two headers of one name come as `a, b`. */
const FORM = /^([a-z][a-z0-9_-]{0,31}):([\x21-\x7e]{1,200})$/;
const REMEMBERED_IDENTITIES = 50_000;
const REMEMBERED_MS = 5000;

/** The people of other platforms. Each application has its own: `telegram:12345` of two are two users. */
@Injectable()
export class IdentitiesService {
  private readonly users = new Remembered<string>(REMEMBERED_IDENTITIES, REMEMBERED_MS);

  constructor(
    private readonly repository: IdentitiesRepository,
    live: LiveService,
  ) {
    live.onAccessChanged(() => this.users.forget());
    live.onUserGone(() => this.users.forget());
  }

  /** The user whom an application calls so, created at first sight; `beforeNew` may refuse to. */
  async resolve(
    applicationId: string,
    identity: string,
    beforeNew: () => Promise<void> = async () => {},
  ): Promise<string> {
    const [, channel, externalId] = FORM.exec(identity) ?? [];
    if (!channel || !externalId) {
      throw new BadUserInputError({
        'X-Recollect-User': ['must be a channel and an id, such as telegram:12345'],
      });
    }
    const external = { applicationId, channel, externalId };
    const userId = await this.users.get(`${applicationId} ${identity}`, async () => {
      const known = await this.repository.userOf(external);
      if (known) return known;
      await beforeNew();
      return this.repository.userOfNew(external);
    });
    if (!userId) throw new UnauthenticatedError('The account of this service key does not exist any more.');
    return userId;
  }
}
