import { Injectable } from '@nestjs/common';
import type { GraphQLContext } from '../graphql/context.js';
import type { ListedSession, Session } from '../sessions/session.model.js';
import { excerptLoader, type Excerpts } from './excerpt.loader.js';
import { LibraryRepository } from './library.repository.js';
import type { SessionStats } from './stats.model.js';

@Injectable()
export class LibraryService {
  constructor(private readonly repository: LibraryRepository) {}

  /** The first and the last message of a session; a list has read them already. */
  async excerpts(context: GraphQLContext, userId: string, session: Session): Promise<Excerpts> {
    if ('preview' in session) return session as ListedSession as unknown as Excerpts;
    return excerptLoader(context, (ids) => this.repository.excerpts(userId, ids)).load(session.id);
  }

  stats(userId: string): Promise<SessionStats> {
    return this.repository.stats(userId);
  }
}
