import type { Interaction } from '../interactions/interaction.model.js';
import type { ModelContext } from '../memory/context.model.js';

/** How an answer ended. */
export interface AnswerEnd {
  finishReason: string;
  /** As the provider counted; undefined where it does not tell. */
  promptTokens?: number | undefined;
  answerTokens?: number | undefined;
}

/** Makes answers. */
export interface Responder {
  /** What the answers are said to be from. */
  readonly model: string;
  /** Whether the answers take tokens of a model. */
  readonly isModel: boolean;
  /** What stands before the context. */
  readonly instructions: string;
  /** The answer piece by piece. Throws a ModelError when it ends before its end. */
  answer(
    interaction: Interaction,
    context: ModelContext,
    signal: AbortSignal,
  ): AsyncGenerator<string, AnswerEnd>;
}

/** Injection token of the {@link Responder} in use. */
export const RESPONDER = Symbol('RESPONDER');
