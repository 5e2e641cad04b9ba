import { MessageRole } from '../interactions/interaction.model.js';
import {
  ContextReason,
  ContextSourceKind,
  type ContextMessage,
  type ContextSource,
} from './context.model.js';
import { TOKENS_PER_MESSAGE } from './context-text.js';

/** What a session began with: what the assistant is told for the whole of it. */
export interface SystemNote {
  id: string;
  sequence: number;
  content: string;
  tokens: number;
}

export function noteMessages(note: SystemNote | null): ContextMessage[] {
  return note ? [{ role: MessageRole.SYSTEM, content: note.content }] : [];
}

export function noteTokens(note: SystemNote | null): number {
  return note ? note.tokens + TOKENS_PER_MESSAGE : 0;
}

export function noteSourcesOf(note: SystemNote | null): ContextSource[] {
  if (!note) return [];
  const { id, sequence, tokens } = note;
  const kind = ContextSourceKind.INTERACTION;
  return [{ kind, id, role: MessageRole.SYSTEM, why: ContextReason.SYSTEM_NOTE, score: 0, tokens, sequence }];
}
