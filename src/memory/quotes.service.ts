import { Injectable } from '@nestjs/common';
import { MessageRole, Modality, type Interaction } from '../interactions/interaction.model.js';
import { UsersService } from '../users/users.service.js';
import type { RecallHit } from './recall.model.js';
import { RecallService } from './recall.service.js';
import { clockTime, timeAgo } from './times.js';

export { FROM_MEMORY } from './block.js';

/** A turn that has to do with a question, and when it was. */
export interface MemoryQuote {
  interaction: Interaction;
  /** Long texts are cut to the pieces that have words of the question. */
  question: string | null;
  answer: string | null;
  /** Such as "text chat of 8 May 2023 at 13:56, 2 hours ago". */
  when: string;
}

/** Operators of `recall`, which a question means nothing by. */
const OPERATORS = /["“”„«»]|(?<!\S)-/g;
const HITS = 50;
const WHOLE_CHARACTERS = 400;

/** What memory alone has to say to a question. */
@Injectable()
export class QuotesService {
  constructor(
    private readonly recall: RecallService,
    private readonly users: UsersService,
  ) {}

  /** At most `count` turns that have to do with a question, the best first, of those that are wanted. */
  async quotes(
    { userId, sessionId, question }: Pick<Interaction, 'userId' | 'sessionId' | 'question'>,
    count: number,
    isWanted: (interaction: Interaction) => boolean,
  ): Promise<MemoryQuote[]> {
    const query = (question ?? '').replace(OPERATORS, ' ');
    const [hits, { timeZone }] = await Promise.all([
      this.recall.recall(userId, { query, first: HITS, neighbours: 0, askedIn: sessionId }),
      this.users.read(userId),
    ]);
    const byTurn = Map.groupBy(hits, ({ interaction }) => interaction.id);
    return [...byTurn.values()]
      .filter((ofTurn) => ofTurn.some(({ highlights }) => highlights.length > 0))
      .filter(([first]) => isWanted(first!.interaction))
      .slice(0, count)
      .map((ofTurn) => quoteOf(ofTurn, timeZone));
  }
}

function quoteOf(hits: readonly RecallHit[], timeZone: string): MemoryQuote {
  const { interaction } = hits[0]!;
  const { question, answer, modality, occurredAt } = interaction;
  const at = Date.parse(occurredAt);
  const kind = modality === Modality.VOICE ? 'voice call' : 'text chat';
  const of = (side: MessageRole) => hits.find(({ role }) => role === side);
  return {
    interaction,
    question: shortened(question, of(MessageRole.USER)),
    answer: shortened(answer, of(MessageRole.ASSISTANT)),
    when: `${kind} of ${clockTime(at, timeZone)}, ${timeAgo(at, Date.now())}`,
  };
}

function shortened(text: string | null, hit: RecallHit | undefined): string | null {
  if (text === null || text.length <= WHOLE_CHARACTERS) return text;
  if (hit && hit.highlights.length > 0) return hit.highlights.map((piece) => piece.text.trim()).join(' … ');
  return `${text.slice(0, WHOLE_CHARACTERS).toWellFormed()} …`;
}
