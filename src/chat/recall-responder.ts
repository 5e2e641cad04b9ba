import { InteractionStatus, type Interaction } from '../interactions/interaction.model.js';
import { FROM_MEMORY, type MemoryQuote, type QuotesService } from '../memory/quotes.service.js';
import type { AnswerEnd, Responder } from './responder.js';

const MAX_QUOTES = 3;

/** Answers from memory alone, in quotations: chat works before a model is configured. */
export class RecallResponder implements Responder {
  readonly model = 'recall';
  readonly isModel = false;
  readonly instructions = '';

  constructor(private readonly memory: QuotesService) {}

  async *answer(asked: Interaction): AsyncGenerator<string, AnswerEnd> {
    // Neither this question, nor another that memory alone was asked: they would be quoted for ever. What it was told is.
    const isWanted = (interaction: Interaction) =>
      interaction.id !== asked.id &&
      interaction.status !== InteractionStatus.PENDING &&
      !(isOwn(interaction) && isQuestion(interaction));
    const quotes = await this.memory.quotes(asked, MAX_QUOTES, isWanted);
    yield `${FROM_MEMORY} ${quotes.length > 0 ? 'I remember:' : 'I remember nothing about this.'}`;
    for (const quote of quotes) yield `\n\n${quotation(quote)}`;
    return { finishReason: 'stop' };
  }
}

/** Whether it was answered here. */
const isOwn = ({ answer }: Interaction) => answer?.startsWith(FROM_MEMORY) ?? false;

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
