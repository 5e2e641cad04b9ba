import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { ConflictError, NotFoundError } from '../common/errors.js';
import { Commands } from '../database/commands.js';
import type { SessionReference } from '../sessions/session.model.js';
import { TitleWriter } from './title-writer.js';
import { TitlesRepository } from './titles.repository.js';

/** How often a title is written anew because the session changed while it was. */
const CONFLICTS = 3;
const PAGE = 500;

/** Titles for sessions that the user gave none. */
@Injectable()
export class TitlesService {
  constructor(
    private readonly repository: TitlesRepository,
    private readonly writer: TitleWriter,
    private readonly commands: Commands,
  ) {}

  /** Of the sessions that changed after these revisions of their users, those to be titled. */
  due(changed: ReadonlyMap<string, number>): Promise<SessionReference[]> {
    return this.repository.due(changed);
  }

  /** Sessions of anyone that are to be titled, in pages. */
  async *untitled(): AsyncGenerator<SessionReference[]> {
    for (let last: SessionReference | undefined = { userId: NIL, sessionId: NIL }; last;) {
      const page: SessionReference[] = await this.repository.untitled(last, PAGE);
      yield page;
      last = page[PAGE - 1];
    }
  }

  /** Titles a session, unless somebody was faster. Throws when the model fails and is to be asked again later. */
  async write(session: SessionReference, attempt: number): Promise<void> {
    for (let round = 1; ; round++) {
      const exchanges = await this.repository.exchanges(session);
      const title = await this.writer.write(session, exchanges, attempt);
      if (title === null) return;
      try {
        await this.commands.run({
          kind: 'titleSession',
          ...session,
          title,
          toSequence: exchanges.at(-1)!.sequence,
          count: exchanges.length,
          newest: Math.max(...exchanges.map(({ revision }) => revision)),
        });
        return;
      } catch (error) {
        if (error instanceof NotFoundError) return;
        if (!(error instanceof ConflictError) || round === CONFLICTS) throw error;
      }
    }
  }
}
