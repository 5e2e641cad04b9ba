import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { countTokens } from '../common/tokens.js';
import { Commands, type Command } from '../database/commands.js';
import { InteractionStatus, type Interaction } from '../interactions/interaction.model.js';
import type { ModelContext } from '../memory/context.model.js';
import { ContextService, type AnswerContextOptions } from '../memory/context.service.js';
import { UsageKind } from '../usage/usage.model.js';
import { UsageService } from '../usage/usage.service.js';
import { failureOf, INTERRUPTED, NO_ANSWER, TOO_LONG, type Failure } from './answer-failure.js';
import { AnswerWriter, isRefusal, LEASE_SECONDS } from './answer-writer.js';
import { AnswersRepository } from './answers.repository.js';
import { RESPONDER, type AnswerEnd, type Responder } from './responder.js';

const SWEEP_MS = 5000;
const SWEEP_PAGE = 100;
/** How long answers have to come to their end when the process is told to. */
const SHUTDOWN_GRACE_MS = 1500;
/** How often it is tried to store the last word, before that is left to the sweeper of some process. */
const FINISH_ATTEMPTS = 5;
const FINISH_RETRY_MS = 1000;
/** Beyond what anybody reads, and within what a text may be. */
const MAX_CHARACTERS = 256 * 1024;

/** An answer that this process is writing. */
interface Running {
  interaction: Interaction;
  abort: AbortController;
  end: Promise<void>;
}

/** What there is of an answer when nobody writes on. */
interface Written {
  text: string;
  context?: ModelContext;
  end?: AnswerEnd;
  failure?: Failure;
}

/** Writes answers, each as a run of this process, and finishes those that no process writes any more. */
@Injectable()
export class AnswerRuns implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AnswerRuns.name);
  private readonly running = new Set<Running>();
  private sweeper: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    @Inject(RESPONDER) private readonly responder: Responder,
    private readonly contexts: ContextService,
    private readonly commands: Commands,
    private readonly usage: UsageService,
    private readonly repository: AnswersRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  /** Answers come to their end, or fail with what there is of them. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweeper);
    const ends = Promise.all(Array.from(this.running, ({ end }) => end));
    await Promise.race([ends, sleep(SHUTDOWN_GRACE_MS, undefined, { ref: false })]);
    for (const { abort } of this.running) abort.abort(INTERRUPTED);
    await ends;
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** What a command says that begins a run. */
  lease(): { runId: string; leaseSeconds: number; model: string } {
    return { runId: uuidv7(), leaseSeconds: LEASE_SECONDS, model: this.responder.model };
  }

  /** Begins to write, for a run whose command is committed. */
  start(runId: string, interaction: Interaction, options: AnswerContextOptions): void {
    const abort = new AbortController();
    const end = this.run(runId, interaction, options, abort).finally(() => this.running.delete(running));
    const running = { interaction, abort, end };
    this.running.add(running);
  }

  /**
   * Ends the writing of an answer, whichever process writes it; what there is of it stays. With `expired` only if that
   * process shows no sign of life. Throws a ConflictError when the answer is not being written.
   */
  async end(userId: string, id: string, failure: Failure, expired = false): Promise<Interaction> {
    const { runId, leaseSeconds } = this.lease();
    await this.commands.run({ kind: 'takeAnswer', userId, id, runId, leaseSeconds, expired });
    for (const { interaction, abort } of this.running) if (interaction.id === id) abort.abort(failure);
    const progress = await this.repository.progress(userId, id);
    const written = { text: progress?.text ?? '', failure };
    const command = await this.finishCommand(userId, id, runId, written);
    return (await this.commands.run(command)).interaction as Interaction;
  }

  private async run(
    runId: string,
    interaction: Interaction,
    options: AnswerContextOptions,
    abort: AbortController,
  ): Promise<void> {
    const { userId, id } = interaction;
    const run = { userId, interactionId: id, runId };
    const writer = new AnswerWriter(this.commands, run, () => abort.abort(INTERRUPTED));
    const written = await this.write(writer, interaction, options, abort.signal);
    await writer.close();
    written.text = writer.text;
    await this.finish([
      await this.finishCommand(userId, id, runId, written),
      ...(await this.usageCommands(interaction, written)),
    ]);
  }

  private async write(
    writer: AnswerWriter,
    interaction: Interaction,
    options: AnswerContextOptions,
    signal: AbortSignal,
  ): Promise<Written> {
    const written: Written = { text: '' };
    try {
      written.context = await this.contexts.forAnswer(interaction, options);
      const pieces = this.responder.answer(interaction, written.context, signal);
      for (let next = await pieces.next(); ; next = await pieces.next()) {
        signal.throwIfAborted();
        if (next.done) {
          written.end = next.value;
          if (writer.text === '') written.failure = NO_ANSWER;
          return written;
        }
        writer.write(next.value);
        if (writer.text.length <= MAX_CHARACTERS) continue;
        void pieces.return({ finishReason: 'length' });
        return { ...written, failure: TOO_LONG };
      }
    } catch (error) {
      const failure = failureOf(error, signal);
      if (!signal.aborted) this.logger.warn(`An answer failed with ${failure.code}: ${failure.message}`);
      return { ...written, failure };
    }
  }

  private async finishCommand(
    userId: string,
    id: string,
    runId: string,
    { text, context, end, failure }: Written,
  ): Promise<Command> {
    return {
      kind: 'finishAnswer',
      userId,
      id,
      runId,
      status: failure ? InteractionStatus.FAILED : InteractionStatus.COMPLETED,
      ...(text && { answer: text, answerTokens: await countTokens(text) }),
      ...(failure && { error: failure.message, errorCode: failure.code }),
      contextUsed: context?.contextUsed,
      finishReason: end?.finishReason,
    };
  }

  /** Of an answer that broke off nobody tells what it took: it is counted here. */
  private async usageCommands(
    { userId, id, questionTokens }: Interaction,
    { text, context, end }: Written,
  ): Promise<Command[]> {
    if (!this.responder.isModel || (!end && text === '')) return [];
    const { model, instructions } = this.responder;
    const sent = async () => (await countTokens(instructions)) + (context?.tokens ?? 0) + questionTokens;
    const use = {
      kind: UsageKind.CHAT,
      model,
      promptTokens: end?.promptTokens ?? (await sent()),
      answerTokens: end?.answerTokens ?? (await countTokens(text)),
      interactionId: id,
    };
    return [this.usage.command(userId, use)];
  }

  /** What is refused is somebody else's by now. */
  private async finish(commands: Command[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.commands.runAll(commands);
        return;
      } catch (error) {
        if (this.stopping || attempt === FINISH_ATTEMPTS) return this.failed(error);
        await sleep(FINISH_RETRY_MS);
      }
    }
  }

  /** Answers whose process is gone. What fails is tried again by the next sweep. */
  private async sweep(): Promise<void> {
    try {
      for (const { userId, interactionId } of await this.repository.abandoned(SWEEP_PAGE)) {
        await this.end(userId, interactionId, INTERRUPTED, true).catch((error: unknown) => {
          if (!isRefusal(error)) this.failed(error); // another process was faster, or it is deleted
        });
      }
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.logger.warn(`An answer could not be finished: ${(error as Error).message}`);
  }
}
