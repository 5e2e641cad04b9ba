import { countTokens } from '../common/tokens.js';
import { MessageRole } from '../interactions/interaction.model.js';
import { utterancesOf, type Side } from './block.js';
import type { ContextMessage } from './context.model.js';
import type { KnownFact, Turn } from './memory.repository.js';
import type { RecalledSummary } from './recalled-summaries.repository.js';
import { headerOf, indented, lineOf, systemPromptOf, type Passage, type Setting } from './rendering.js';

/** One side of a turn. */
export interface Quote {
  turn: Turn;
  side: Side;
}

/** What is between a context and its texts. */
export interface Frame extends Setting {
  names: readonly [user: string, assistant: string];
  mark: string;
}

export const ROLES = [MessageRole.USER, MessageRole.ASSISTANT] as const;

/** Tokens of what stands before a summary. */
const SUMMARY_PREFIX = 2;

/** What chat formats add to each message. */
export const TOKENS_PER_MESSAGE = 4;

export function textOf({ turn, side }: Quote): string | null {
  return side === 0 ? turn.question : turn.answer;
}

export function tokensOfQuote({ turn, side }: Quote): number {
  return side === 0 ? turn.questionTokens : turn.answerTokens;
}

const SUMMARY = 'Summary';
const FACTS_HEADER = '[What is known of the user]';

/** A line of the record, and where it belongs. */
interface Entry extends Pick<Turn, 'sessionId' | 'sessionType' | 'at'> {
  /** By place in the log, and what comes first there. */
  place: [sequence: number, order: number];
  line: string;
}

/** What a record holds. */
interface Told {
  facts: readonly KnownFact[];
  summaries: readonly RecalledSummary[];
  quotes: readonly Quote[];
}

/** The system prompt with a record of the facts, then of the quotes and summaries: by session and within it by time. */
export function systemPrompt({ facts, summaries, quotes }: Told, frame: Frame): string {
  const entries = [
    ...summaries.map((summary): Entry => ({
      ...summary,
      place: [summary.fromSequence, -1],
      line: lineOf(SUMMARY, summary.text),
    })),
    ...quotes.map((quote): Entry => ({
      ...quote.turn,
      place: [quote.turn.sequence, quote.side],
      line: lineOf(speakerOf(quote, frame), textOf(quote) ?? ''),
    })),
  ].sort((one, other) => one.place[0] - other.place[0] || one.place[1] - other.place[1]);
  const known = facts.length > 0 ? [{ header: FACTS_HEADER, lines: facts.map(factLine) }] : [];
  const passages = [...Map.groupBy(entries, ({ sessionId }) => sessionId).values()].map(
    (ofSession): Passage => ({
      header: headerOf(ofSession[0]!.at, ofSession[0]!.sessionType, frame),
      lines: ofSession.map(({ line }) => line),
    }),
  );
  return systemPromptOf([...known, ...passages], frame.mark, frame);
}

/** The turns as messages, oldest first. */
export function messagesOf(turns: readonly Turn[]): ContextMessage[] {
  return [...turns]
    .sort((one, other) => one.sequence - other.sequence)
    .flatMap((turn) => utterancesOf(turn).map(({ side, text }) => ({ role: ROLES[side], content: text })));
}

/** Tokens of a turn as messages. */
export function messageTokens(turn: Turn): number {
  return utterancesOf(turn).reduce((sum, { tokens }) => sum + tokens + TOKENS_PER_MESSAGE, 0);
}

const prefixes = new Map<string, number>();
const MOST_PREFIXES = 10_000;

/**
 * Tokens of a quote as a line of the record: those of its text as stored, and what stands around it. The space before it
 * is part of its first token, and the line break of a last full stop.
 */
export async function lineTokens(quote: Quote, frame: Frame): Promise<number> {
  const speaker = speakerOf(quote, frame);
  let prefix = prefixes.get(speaker);
  if (prefix === undefined) {
    if (prefixes.size >= MOST_PREFIXES) prefixes.clear();
    prefixes.set(speaker, (prefix = await countTokens(`${speaker}:`)));
  }
  const text = textOf(quote) ?? '';
  const shown = indented(text);
  const end = /[.!?]$/.test(text) ? 0 : 1;
  return prefix + end + (shown === text ? tokensOfQuote(quote) : await countTokens(shown));
}

function factLine({ text }: KnownFact): string {
  return `- ${indented(text)}`;
}

/** Tokens of a fact as a line. */
export function factTokens(fact: KnownFact): Promise<number> {
  return countTokens(`${factLine(fact)}\n`);
}

/** Tokens of what stands before the facts. */
export function factsHeaderTokens(): Promise<number> {
  return countTokens(`${FACTS_HEADER}\n`);
}

/** Tokens of a summary as a line, to within its line breaks, which are a token or none. */
export function summaryTokens({ text, tokens }: RecalledSummary): number {
  return tokens + text.split('\n').length + SUMMARY_PREFIX;
}

/** Tokens of the header of a session of which a turn or summary is given. */
export function headerTokens(
  { at, sessionType }: Pick<Turn, 'at' | 'sessionType'>,
  frame: Frame,
): Promise<number> {
  return countTokens(`${headerOf(at, sessionType, frame)}\n`);
}

function speakerOf({ turn, side }: Quote, { names }: Frame): string {
  return utterancesOf(turn).find((utterance) => utterance.side === side)?.speaker || names[side];
}
