import { Injectable } from '@nestjs/common';
import { Cursors } from '../common/cursor.js';
import { NotFoundError, RecollectError } from '../common/errors.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import { Commands, type Command } from '../database/commands.js';
import { LiveService } from '../live/live.service.js';
import type { LiveStream } from '../live/live-stream.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { interactionAdded } from './interaction-added.js';
import {
  bulkCommands,
  finishCommand,
  messageCommand,
  stepCommand,
  turnCommand,
} from './interaction.commands.js';
import type {
  AddMessageInput,
  CompleteInteractionInput,
  FailInteractionInput,
  OpenInteractionInput,
  RateInteractionInput,
  RecentInteractionsArgs,
  RecordErrorInput,
  RecordInteractionInput,
  RecordToolCallInput,
} from './interaction.input.js';
import {
  MessageRole,
  type AddMessagePayload,
  type Interaction,
  type InteractionAddedEvent,
  type InteractionPayload,
  type ItemError,
  type Message,
  type RecordedItem,
} from './interaction.model.js';
import { InteractionsRepository } from './interactions.repository.js';
import { messagesOf } from './messages.js';

const INTERACTION_CURSOR = 'interactions';
const MESSAGE_CURSOR = 'messages';
const WHOLE_LOG = { from: 1, to: Number.MAX_SAFE_INTEGER - 1 };

/** `wantSession` says whether the caller needs the session back: it costs, and few do. */
@Injectable()
export class InteractionsService {
  constructor(
    private readonly repository: InteractionsRepository,
    private readonly commands: Commands,
    private readonly cursors: Cursors,
    private readonly sessions: SessionsService,
    private readonly live: LiveService,
  ) {}

  async get(userId: string, id: string): Promise<Interaction> {
    const interaction = await this.repository.byId(userId, id);
    if (!interaction) throw new NotFoundError('Interaction');
    return interaction;
  }

  /** Newest first; `fields` are those that will be looked at. */
  async recent(
    userId: string,
    { limit, askedIn }: RecentInteractionsArgs,
    fields: ReadonlySet<string>,
  ): Promise<Interaction[]> {
    const scope = askedIn ? await this.sessions.groupScope(userId, askedIn) : null;
    return scope === null
      ? this.repository.recent(userId, limit, fields)
      : this.repository.recentOfGroup(userId, scope, limit);
  }

  /** The session's interactions in the order of the log; those of a range of sequences, if one is given. */
  async ofSession(
    userId: string,
    sessionId: string,
    args: ConnectionArgs,
    range: { from: number; to: number } = WHOLE_LOG,
  ): Promise<Connection<Interaction>> {
    const page = pageOf(args);
    const kind = `${INTERACTION_CURSOR} ${sessionId}`;
    const [beyond] =
      page.cursor !== undefined ? this.cursors.decode(kind, userId, page.cursor, page.cursorPath) : [];
    const start = page.backward
      ? Math.min((beyond as number | undefined) ?? Infinity, range.to + 1)
      : Math.max((beyond as number | undefined) ?? 0, range.from - 1);
    const read = await this.repository.ofSession(userId, sessionId, page, start, page.limit + 1);
    const rows = read.rows.filter(({ sequence }) => sequence >= range.from && sequence <= range.to);
    const cursorOf = ({ sequence }: Interaction) => this.cursors.encode(kind, userId, [sequence]);
    return connectionOf(rows, page, cursorOf, read.cut && rows.length === read.rows.length);
  }

  /** Its place in the list of its session. */
  cursorOf(userId: string, { sessionId, sequence }: Interaction): string {
    return this.cursors.encode(`${INTERACTION_CURSOR} ${sessionId}`, userId, [sequence]);
  }

  /** The interaction at a cursor of the session's list, with about as many before as after it. */
  async around(
    userId: string,
    sessionId: string,
    cursor: string,
    limit: number,
  ): Promise<Connection<Interaction>> {
    const kind = `${INTERACTION_CURSOR} ${sessionId}`;
    const [sequence] = this.cursors.decode(kind, userId, cursor, 'cursor') as [number];
    const last = Math.floor((limit - 1) / 2);
    const here = this.cursors.encode(kind, userId, [sequence - 1]);
    const [before, from] = await Promise.all([
      this.ofSession(userId, sessionId, { last, before: cursor }),
      this.ofSession(userId, sessionId, { first: limit - last, after: here }),
    ]);
    const edges = [...before.edges, ...from.edges];
    return {
      edges,
      pageInfo: {
        hasPreviousPage: before.pageInfo.hasPreviousPage,
        hasNextPage: from.pageInfo.hasNextPage,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  /**
   * The same log one utterance at a time. Every interaction has at least one message, so `limit + 2` interactions, the
   * cursor's own among them, hold the page and the one message too many.
   */
  async messagesOfSession(
    userId: string,
    sessionId: string,
    args: ConnectionArgs,
  ): Promise<Connection<Message>> {
    const page = pageOf(args);
    const kind = `${MESSAGE_CURSOR} ${sessionId}`;
    const cursor =
      page.cursor !== undefined
        ? (this.cursors.decode(kind, userId, page.cursor, page.cursorPath) as [number, number])
        : undefined;
    const beyond = cursor && cursor[0] + (page.backward ? 1 : -1);
    const { rows, cut } = await this.repository.ofSession(userId, sessionId, page, beyond, page.limit + 2);
    const messages = rows.flatMap((row) => (page.backward ? messagesOf(row).reverse() : messagesOf(row)));
    const wanted = messages.filter(({ position }) => !cursor || isBeyond(position, cursor, page.backward));
    const cursorOf = ({ position }: Message) => this.cursors.encode(kind, userId, position);
    return connectionOf(wanted.slice(0, page.limit + 1), page, cursorOf, cut);
  }

  /** An interaction one utterance at a time. */
  messagesIn(interaction: Interaction): Message[] {
    return messagesOf(interaction);
  }

  async record(
    userId: string,
    input: RecordInteractionInput,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    return this.write(await turnCommand('recordInteraction', userId, input), wantSession);
  }

  /** Stores the items in one statement, in their order. A refused item leaves the others alone. */
  async recordMany(userId: string, items: readonly RecordInteractionInput[]): Promise<RecordedItem[]> {
    const commands = await bulkCommands(userId, items);
    const sound = commands.filter((command): command is Command => !(command instanceof RecollectError));
    const outcomes = (sound.length > 0 ? await this.commands.runAll(sound) : []).values();
    return commands.map((command) => {
      const outcome = command instanceof RecollectError ? command : outcomes.next().value!;
      if (outcome instanceof RecollectError) return { interaction: null, error: itemError(outcome) };
      if (outcome instanceof Error) throw outcome;
      return { interaction: outcome.interaction as Interaction, error: null };
    });
  }

  /** The command that stores a whole turn, for those who say otherwise where it goes. */
  recordCommand(userId: string, input: RecordInteractionInput): Promise<Command> {
    return turnCommand('recordInteraction', userId, input);
  }

  /** The command that opens an interaction, for those who store more with it. */
  openCommand(userId: string, input: OpenInteractionInput): Promise<Command> {
    return turnCommand('openInteraction', userId, input);
  }

  /** The command that answers an open interaction, or says why there is no answer. */
  finishCommand(userId: string, input: CompleteInteractionInput | FailInteractionInput): Promise<Command> {
    return finishCommand('error' in input ? 'failInteraction' : 'completeInteraction', userId, input);
  }

  /** The command that stores the call of a tool. */
  toolCallCommand(
    userId: string,
    { interactionId, toolName, arguments: args, result, isError, ...placed }: RecordToolCallInput,
  ): Promise<Command> {
    const step = { role: MessageRole.TOOL, content: result, toolName, arguments: args, isError };
    return stepCommand(userId, interactionId, placed, { ...step, occurredAt: placed.occurredAt });
  }

  async open(userId: string, input: OpenInteractionInput, wantSession: boolean): Promise<InteractionPayload> {
    return this.write(await turnCommand('openInteraction', userId, input), wantSession);
  }

  async complete(
    userId: string,
    input: CompleteInteractionInput,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    return this.write(await finishCommand('completeInteraction', userId, input), wantSession);
  }

  async fail(userId: string, input: FailInteractionInput, wantSession: boolean): Promise<InteractionPayload> {
    return this.write(await finishCommand('failInteraction', userId, input), wantSession);
  }

  async addMessage(userId: string, input: AddMessageInput, wantSession: boolean): Promise<AddMessagePayload> {
    const { role, content, toolName, arguments: args, ...rest } = input;
    const command =
      role === MessageRole.USER && toolName == null && args == null
        ? await turnCommand('openInteraction', userId, { ...rest, question: content })
        : await messageCommand(userId, input);
    const payload = await this.write(command, wantSession);
    const messages = messagesOf(payload.interaction);
    const message =
      messages.find(({ id }) => id === input.id) ?? messages.findLast((candidate) => candidate.role === role);
    return { ...payload, message: message! };
  }

  async recordToolCall(
    userId: string,
    input: RecordToolCallInput,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    return this.write(await this.toolCallCommand(userId, input), wantSession);
  }

  async recordError(
    userId: string,
    input: RecordErrorInput,
    wantSession: boolean,
  ): Promise<InteractionPayload> {
    const { interactionId, message, code, ...placed } = input;
    const step = { role: MessageRole.SYSTEM, content: message, errorCode: code, isError: true };
    return this.write(
      await stepCommand(userId, interactionId, placed, { ...step, occurredAt: input.occurredAt }),
      wantSession,
    );
  }

  async rate(userId: string, { id, rating, comment }: RateInteractionInput): Promise<Interaction> {
    const feedback = { rating: rating ?? null, ratingComment: comment ?? null };
    const { interaction } = await this.write({ kind: 'updateInteraction', userId, id, ...feedback }, false);
    return interaction;
  }

  async updateMetadata(userId: string, id: string, patch: Record<string, unknown>): Promise<Interaction> {
    const { interaction } = await this.write(
      { kind: 'updateInteraction', userId, id, metadata: patch },
      false,
    );
    return interaction;
  }

  async delete(userId: string, id: string): Promise<string> {
    await this.commands.run({ kind: 'deleteInteraction', userId, id });
    return id;
  }

  /** Interactions as they are added, to one of the user's sessions or to any. */
  async watch(
    userId: string,
    sessionId: string | undefined,
    after: number | undefined,
  ): Promise<LiveStream<InteractionAddedEvent>> {
    if (sessionId) await this.sessions.get(userId, sessionId);
    return this.live.subscribe(userId, after, interactionAdded(sessionId), 'interactionAdded');
  }

  private async write(command: Command, wantSession: boolean): Promise<InteractionPayload> {
    const outcome = await this.commands.run({ ...command, wantSession });
    return { interaction: outcome.interaction as Interaction, session: outcome.session as Session | null };
  }
}

function itemError({ message, extensions: { code, fields } }: RecollectError): ItemError {
  return { code: code as string, message, fields: (fields ?? null) as ItemError['fields'] };
}

function isBeyond(position: readonly number[], cursor: readonly number[], backward: boolean): boolean {
  const order = position[0]! - cursor[0]! || position[1]! - cursor[1]!;
  return backward ? order < 0 : order > 0;
}
