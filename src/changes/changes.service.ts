import { Injectable } from '@nestjs/common';
import { BadUserInputError, UnauthenticatedError } from '../common/errors.js';
import type { Change, ChangePage } from './change.model.js';
import { ChangesRepository } from './changes.repository.js';

@Injectable()
export class ChangesService {
  constructor(private readonly repository: ChangesRepository) {}

  async page(userId: string, after: number, first: number): Promise<ChangePage> {
    const rows = await this.repository.page(userId, after, first);
    const current = rows[0]?.currentRevision;
    if (current == null) throw new UnauthenticatedError('There is no such user any more.');
    if (after > current)
      throw new BadUserInputError({ after: [`is ahead of the newest revision, ${current}`] });
    const changes = rows.filter(({ revision }) => revision !== null) as Change[];
    const revision = changes.at(-1)?.revision ?? after;
    return { changes, revision, hasMore: revision < current };
  }
}
