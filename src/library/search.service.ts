import { Injectable } from '@nestjs/common';
import type { Connection } from '../common/pagination.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { RecallService } from '../memory/recall.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { AroundArgs, SearchSessionsArgs } from './search.input.js';
import type { SessionHit } from './search.model.js';

@Injectable()
export class SearchService {
  constructor(
    private readonly recall: RecallService,
    private readonly sessions: SessionsService,
    private readonly interactions: InteractionsService,
  ) {}

  /** The sessions with the best hits, best first. */
  async search(userId: string, { text, filter, ...rest }: SearchSessionsArgs): Promise<SessionHit[]> {
    const isFiltered = Object.values(filter ?? {}).some((value) => value != null);
    const within = isFiltered ? this.sessions.idsOf(userId, filter!).then((ids) => new Set(ids)) : null;
    const found = await this.recall.recallSessions(userId, { ...rest, query: text, sessions: within });
    const sessions = await this.sessions.find(
      userId,
      found.map(({ sessionId }) => sessionId),
    );
    const byId = new Map(sessions.map((session) => [session.id, session]));
    return found.flatMap(({ sessionId, ...hit }) => {
      const session = byId.get(sessionId);
      return session ? [{ session, ...hit }] : []; // deleted meanwhile
    });
  }

  cursorOf(userId: string, interaction: Interaction): string {
    return this.interactions.cursorOf(userId, interaction);
  }

  around(userId: string, sessionId: string, { cursor, limit }: AroundArgs): Promise<Connection<Interaction>> {
    return this.interactions.around(userId, sessionId, cursor, limit);
  }
}
