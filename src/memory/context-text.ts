import { countTokens } from '../common/tokens.js';
import { MessageRole } from '../interactions/interaction.model.js';
import { utterancesOf, type Side } from './block.js';
import type { ContextMessage } from './context.model.js';
import type { Turn } from './memory.repository.js';
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

/** What chat formats add to each message. */
const TOKENS_PER_MESSAGE = 4;

export function textOf({ turn, side }: Quote): string | null {
  return side === 0 ? turn.question : turn.answer;
}

export function tokensOfQuote({ turn, side }: Quote): number {
  return side === 0 ? turn.questionTokens : turn.answerTokens;
}

/** The system prompt with a record of the quotes: by session and within it by time. */
export function systemPrompt(quotes: readonly Quote[], frame: Frame): string {
  const bySession = new Map<string, Quote[]>();
  const inOrder = [...quotes].sort(
    (one, other) => one.turn.sequence - other.turn.sequence || one.side - other.side,
  );
  for (const quote of inOrder) {
    const { sessionId } = quote.turn;
    if (!bySession.has(sessionId)) bySession.set(sessionId, []);
    bySession.get(sessionId)!.push(quote);
  }
  const passages = [...bySession.values()].map((ofSession): Passage => {
    const { at, sessionType } = ofSession[0]!.turn;
    return {
      header: headerOf(at, sessionType, frame),
      lines: ofSession.map((quote) => lineOf(speakerOf(quote, frame), textOf(quote) ?? '')),
    };
  });
  return systemPromptOf(passages, frame.mark, frame);
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

/** Tokens of the header of a session, the first of whose turns is given. */
export function headerTokens({ at, sessionType }: Turn, frame: Frame): Promise<number> {
  return countTokens(`${headerOf(at, sessionType, frame)}\n`);
}

function speakerOf({ turn, side }: Quote, { names }: Frame): string {
  return utterancesOf(turn).find((utterance) => utterance.side === side)?.speaker || names[side];
}
