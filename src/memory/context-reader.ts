import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import { candidatesOf, fitsWhole } from './context-candidates.js';
import type { ContextRequest } from './context.input.js';
import { ContextSectionName, RetrievalMode } from './context.model.js';
import { sessionsToSumUp } from './context-summaries.js';
import { messageTokens } from './context-text.js';
import { fuse } from './fusion.js';
import { confinedTo, HistoryReader, type Ahead, type History, type Prospect } from './history.js';
import { MemoryRepository, type Turn } from './memory.repository.js';
import { parseQuestion, type Question } from './question.js';
import type { Ranking } from './ranking.js';
import { RecalledSummariesRepository, type RecalledSummary } from './recalled-summaries.repository.js';

/** More of a profile would be no help to a model. */
const MOST_FACTS = 60;
/** So much more is foreseen than is wanted as things stand: what was said since moves what comes last. */
const SLACK = 1.1;

/** What a context is to quote, and what of it is to be read beside the history. */
interface Wanted {
  /** Whether the whole log fits: then only what it leaves is for anything else. */
  isWholeLogIn: boolean;
  /** Utterances to quote, best first. */
  positions: number[];
  /** Turns that are not known whole, by place in the log. */
  sequences: number[];
  /** The sessions to have summaries of. */
  sessions: string[];
  /** The session that is asked in, if it may see itself. */
  askedIn: string | null;
}

/** What of it was read. */
interface Found extends Ahead {
  turns: Turn[];
  summaries: RecalledSummary[];
  /** The sessions that have these summaries. */
  sessions: string[];
}

/** All that a context may be packed from. */
interface ContextSources extends Pick<Wanted, 'isWholeLogIn' | 'positions'> {
  question: Question;
  history: History;
  ranking: Ranking;
  /** Null when nothing is to be recalled. */
  retrieval: RetrievalMode | null;
  /** By place in the log, whole: the turns at the positions, and the newest that may fit. */
  turns: ReadonlyMap<number, Turn>;
  summaries: RecalledSummary[];
}

/**
 * Reads what contexts are built from. What a context quotes follows from how its question ranks the history: it is
 * foreseen and read in one flush with the history, and only what was not foreseen is read in another.
 */
@Injectable()
export class ContextReader {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly summaries: RecalledSummariesRepository,
    private readonly reader: HistoryReader,
    private readonly embeddings: EmbeddingsService,
  ) {}

  /** With `extra` newest turns more than asked for. */
  async read(userId: string, request: ContextRequest, now: number, extra: number): Promise<ContextSources> {
    const { query, sessionId, maxRecent, include } = request;
    const question = parseQuestion(query, now);
    const recalls = include.includes(ContextSectionName.RECALLED);
    const recent = include.includes(ContextSectionName.RECENT) ? maxRecent + extra : 0;
    const facts = include.includes(ContextSectionName.PROFILE) ? MOST_FACTS : 0;
    const [{ history, ahead }, nearestOfAll] = await Promise.all([
      this.reader.read(userId, question, { sessionId, recent, facts }, (prospect) =>
        this.find(userId, wantedOf(prospect, prospect.ranking, request, SLACK)),
      ),
      recalls ? this.embeddings.nearest(userId, question.text) : null,
    ]);
    if (sessionId && !history.hasSession) throw new NotFoundError('Session');
    const confined = confinedTo(history);
    const nearest =
      nearestOfAll && confined
        ? await this.embeddings.nearest(userId, question.text, { sessions: confined })
        : nearestOfAll;
    const ranking = fuse(history.ranking, history.index.log, nearest);
    const turns = new Map([...bySequence(ahead?.turns ?? []), ...history.turns]);
    const wanted = wantedOf({ ...history, turns }, ranking, request);
    const missing = wanted.sessions.filter((id) => !ahead?.sessions.includes(id));
    const late = await this.find(userId, { ...wanted, sessions: missing });
    return {
      ...wanted,
      question,
      history,
      ranking,
      retrieval: recalls ? (nearest ? RetrievalMode.HYBRID : RetrievalMode.WORDS) : null,
      turns: new Map([...turns, ...bySequence(late.turns)]),
      summaries: [...(ahead?.summaries ?? []), ...late.summaries].filter(({ seenIn }) =>
        wanted.sessions.includes(seenIn),
      ),
    };
  }

  private async find(userId: string, { sequences, sessions, askedIn }: Wanted): Promise<Found> {
    const [turns, summaries] = await Promise.all([
      this.repository.turnsAt(userId, sequences),
      this.summaries.inForce(userId, sessions, askedIn),
    ]);
    const revisions = [turns, summaries].flatMap(({ revision }) => revision ?? []);
    return { turns: turns.rows, summaries: summaries.rows, sessions, revisions };
  }
}

function bySequence(turns: readonly Turn[]): Map<number, Turn> {
  return new Map(turns.map((turn) => [turn.sequence, turn]));
}

function wantedOf(
  { index: { log }, recent, turns, hasSummaries, isOutside }: Prospect,
  ranking: Ranking,
  { tokenBudget, sessionId, include }: ContextRequest,
  slack = 1,
): Wanted {
  const recalls = include.includes(ContextSectionName.RECALLED);
  const sumsUp = include.includes(ContextSectionName.SUMMARIES) && hasSummaries;
  const isWholeLogIn = recalls && fitsWhole(log, tokenBudget);
  const positions = recalls ? candidatesOf(log, ranking, tokenBudget * slack, isWholeLogIn) : [];
  const sequences = new Set(positions.map((position) => log.sequence[position]!));
  for (const turn of recent) if (messageTokens(turn) <= tokenBudget) sequences.add(turn.sequence);
  const askedIn = isOutside ? null : sessionId;
  return {
    isWholeLogIn,
    positions,
    sequences: [...sequences].filter((sequence) => !turns.has(sequence)),
    sessions: sumsUp ? sessionsToSumUp(log, ranking.scores, askedIn, slack) : [],
    askedIn,
  };
}
