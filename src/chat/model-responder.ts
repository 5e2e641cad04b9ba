import type { Config } from '../config/config.js';
import { MessageRole, type Interaction } from '../interactions/interaction.model.js';
import type { ModelContext } from '../memory/context.model.js';
import type { ChatEnd, LanguageModelService } from '../model/language-model.service.js';
import type { Responder } from './responder.js';

const ROLES = {
  [MessageRole.SYSTEM]: 'system',
  [MessageRole.USER]: 'user',
  [MessageRole.ASSISTANT]: 'assistant',
} as const;

const ASSISTANT =
  'You are a helpful assistant. You remember earlier conversations with this user: answer from them where they help, ' +
  'and say so when you do not know.';

/** Answers by the configured model, from the context. */
export class ModelResponder implements Responder {
  readonly isModel = true;
  readonly instructions: string;

  constructor(
    private readonly languageModel: LanguageModelService,
    readonly model: string,
    private readonly config: Config,
  ) {
    this.instructions = config.LLM_SYSTEM_PROMPT ?? ASSISTANT;
  }

  answer(
    { question }: Interaction,
    { systemPrompt, messages }: ModelContext,
    signal: AbortSignal,
  ): AsyncGenerator<string, ChatEnd> {
    const said = messages.map(({ role, content }) => ({
      role: ROLES[role as keyof typeof ROLES],
      content,
    }));
    return this.languageModel.stream(
      {
        instructions: `${this.instructions}\n\n${systemPrompt}`,
        messages: [...said, { role: 'user', content: question ?? '' }],
        maxOutputTokens: this.config.LLM_MAX_OUTPUT_TOKENS,
      },
      signal,
    );
  }
}
