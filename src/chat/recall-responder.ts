import { InteractionStatus, type Interaction } from '../interactions/interaction.model.js';
import type { MemoryQuote, QuotesService } from '../memory/quotes.service.js';
import type { AnswerEnd, Responder } from './responder.js';

const MAX_QUOTES = 3;

const NO_MODEL = 'No model is configured (LLM_BASE_URL, LLM_MODEL), so I answer from memory alone.';

/** Answers from memory alone, in quotations: chat works before a model is configured. */
export class RecallResponder implements Responder {
  readonly model = 'recall';
  readonly isModel = false;
  readonly instructions = '';

  constructor(private readonly memory: QuotesService) {}

  async *answer({ userId, id, question }: Interaction): AsyncGenerator<string, AnswerEnd> {
    // Neither this question, nor another that memory alone was asked: they would be quoted for ever. What it was told is.
    const isWanted = (interaction: Interaction) =>
      interaction.id !== id &&
      interaction.status !== InteractionStatus.PENDING &&
      !(isOwn(interaction) && isQuestion(interaction));
    const quotes = await this.memory.quotes(userId, question ?? '', MAX_QUOTES, isWanted);
    yield `${NO_MODEL} ${quotes.length > 0 ? 'I remember:' : 'I remember nothing about this.'}`;
    for (const quote of quotes) yield `\n\n${quotation(quote)}`;
    return { finishReason: 'stop' };
  }
}

/** Whether it was answered here. */
const isOwn = ({ answer }: Interaction) => answer?.startsWith(NO_MODEL) ?? false;

const isQuestion = ({ question }: Interaction) => /[?？؟]\s*$/.test(question ?? '');

/** As Markdown. */
function quotation({ question, answer, when, interaction }: MemoryQuote): string {
  const lines = [
    ...(question === null ? [] : [`You: ${question}`]),
    ...(answer === null || isOwn(interaction) ? [] : [`Assistant: ${answer}`]),
    `(${when}; ${interaction.id})`,
  ];
  return lines.map((line) => `> ${line.replaceAll('\n', '\n> ')}`).join('\n>\n');
}
