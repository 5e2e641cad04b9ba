import { Inject, Injectable } from '@nestjs/common';
import { ConflictError, UnavailableError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands, type Command } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import {
  InteractionStatus,
  type Interaction,
  type InteractionPayload,
} from '../interactions/interaction.model.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import type { LiveStream } from '../live/live-stream.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { CANCELLED } from './answer-failure.js';
import { AnswerFeed } from './answer-feed.js';
import type { AnswerPiece, AnswerVersion } from './answer.model.js';
import { AnswerRuns } from './answer-runs.js';
import { AnswersRepository } from './answers.repository.js';
import type { RegenerateAnswerArgs, SendMessageInput } from './chat.input.js';
import { versionLoader } from './version.loader.js';

const MOST_VERSIONS = 50;
/** What an answer takes beside the model. */
const WAIT_MARGIN_MS = 5000;

type Origin = Pick<AnswerVersion, 'version' | 'model' | 'finishReason' | 'startedAt' | 'firstTokenAt'>;
const FROM_CLIENT: Origin = {
  version: 1,
  model: null,
  finishReason: null,
  startedAt: null,
  firstTokenAt: null,
};

type Asked = Pick<SendMessageInput, 'tokenBudget' | 'wait'>;

@Injectable()
export class ChatService {
  private readonly limit: Limit;
  private readonly waitMs: number;

  constructor(
    private readonly runs: AnswerRuns,
    private readonly feed: AnswerFeed,
    private readonly repository: AnswersRepository,
    private readonly interactions: InteractionsService,
    private readonly sessions: SessionsService,
    private readonly commands: Commands,
    limits: LimitsService,
    @Inject(CONFIG) { CHAT_MESSAGES_PER_MINUTE, LLM_ANSWER_SECONDS }: Config,
  ) {
    this.limit = limits.limit(
      'chat',
      CHAT_MESSAGES_PER_MINUTE,
      60,
      `At most ${CHAT_MESSAGES_PER_MINUTE} answers a minute`,
    );
    this.waitMs = LLM_ANSWER_SECONDS * 1000 + WAIT_MARGIN_MS;
  }

  async send(userId: string, input: SendMessageInput, wantSession: boolean): Promise<InteractionPayload> {
    const { text, tokenBudget, wait, ...rest } = input;
    const command = await this.interactions.openCommand(userId, { ...rest, question: text });
    return this.ask({ ...command, kind: 'sendMessage' }, { tokenBudget, wait }, wantSession);
  }

  regenerate(
    userId: string,
    { interactionId: id, ...asked }: RegenerateAnswerArgs,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    const command = { kind: 'regenerateAnswer', userId, id, mostVersions: MOST_VERSIONS };
    return this.ask(command, asked, wantSession);
  }

  /** Ends the answer with what there is of it. One that has ended already stays as it is. */
  async cancel(userId: string, id: string): Promise<Interaction> {
    try {
      return await this.runs.end(userId, id, CANCELLED);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const interaction = await this.interactions.get(userId, id);
      if (interaction.status === InteractionStatus.PENDING) throw error;
      return interaction;
    }
  }

  async watch(userId: string, interactionId: string): Promise<LiveStream<AnswerPiece>> {
    await this.interactions.get(userId, interactionId);
    return this.feed.stream(userId, interactionId);
  }

  /** Every answer an interaction had, oldest first. */
  async versions(
    context: GraphQLContext,
    userId: string,
    interaction: Interaction,
  ): Promise<AnswerVersion[]> {
    const read = (ids: readonly string[]) => this.repository.versions(userId, ids);
    const stored = await versionLoader(context, read).load(interaction.id);
    const own = ({ version, model, finishReason, startedAt, firstTokenAt }: Origin) => ({
      ...interaction,
      ...{ version, model, finishReason, startedAt, firstTokenAt },
    });
    if (stored.length === 0) return [own(FROM_CLIENT)];
    return stored.map((version) => (version.stands ? own(version) : version));
  }

  /** Stores the question, and answers it unless that has been begun before. */
  private async ask(
    command: Command,
    { tokenBudget, wait }: Asked,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    if (this.runs.isStopping) throw new UnavailableError('The service is stopping; try again.');
    const { userId } = command;
    await this.limit.take(userId);
    const lease = this.runs.lease();
    const outcome = await this.commands.run({ ...command, ...lease, wantSession });
    const interaction = outcome.interaction as Interaction;
    if (outcome.changes > 0) this.runs.start(lease.runId, interaction, { tokenBudget });
    if (!wait) return { interaction, session: outcome.session as Session | null };
    await this.ended(userId, interaction.id);
    const [finished, session] = await Promise.all([
      this.interactions.get(userId, interaction.id),
      wantSession ? this.sessions.get(userId, interaction.sessionId) : null,
    ]);
    return { interaction: finished, session };
  }

  private async ended(userId: string, interactionId: string): Promise<void> {
    const stream = this.feed.stream(userId, interactionId);
    const patience = setTimeout(() => {
      stream.stop();
      stream.sink.end();
    }, this.waitMs);
    for await (const { done } of stream) if (done) break;
    clearTimeout(patience);
  }
}
