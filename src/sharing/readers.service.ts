import { Injectable } from '@nestjs/common';
import { v5 } from 'uuid';
import { networkOf } from '../common/addresses.js';
import { Cursors } from '../common/cursor.js';
import { BadUserInputError, NotFoundError } from '../common/errors.js';
import { fingerprint } from '../common/fingerprint.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import { digestOf } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands, type Command } from '../database/commands.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import type { LiveStream } from '../live/live-stream.js';
import type { Session } from '../sessions/session.model.js';
import { AccessLog } from './accesses.js';
import type { Invitation } from './invitation.model.js';
import { LinkPasswords } from './link-passwords.js';
import { ReadersRepository, type StoredInvitation } from './readers.repository.js';
import type {
  CompleteSharedTurnInput,
  ContinueSharedSessionInput,
  FailSharedTurnInput,
  OpenSharedTurnInput,
  RecordSharedToolCallInput,
  RecordSharedTurnInput,
  SharedSessionArgs,
} from './share.input.js';
import { SharedFeed } from './shared-feed.js';
import type { SharedSession, SharedSessionEvent, SharedTurn } from './shared-session.model.js';

const READS_PER_MINUTE = 600;
const MINUTE_SECONDS = 60;
export const MOST_INVITATIONS = 200;
/** Turns that are copied into a session of the reader's own. */
export const MOST_COPIED = 10_000;

/** What somebody whom a session is shared with does with it. */
@Injectable()
export class ReadersService {
  private readonly reads: Limit;

  constructor(
    private readonly repository: ReadersRepository,
    private readonly passwords: LinkPasswords,
    private readonly accesses: AccessLog,
    private readonly cursors: Cursors,
    private readonly commands: Commands,
    private readonly interactions: InteractionsService,
    private readonly feed: SharedFeed,
    limits: LimitsService,
  ) {
    this.reads = limits.limit(
      'shared-session',
      READS_PER_MINUTE,
      MINUTE_SECONDS,
      `One address reads shared sessions ${READS_PER_MINUTE} times a minute`,
    );
  }

  /** The session that a link leads to, for anyone who has it. */
  async openLink({ token, password }: SharedSessionArgs, address: string): Promise<SharedSession> {
    await this.reads.take(networkOf(address));
    const session = await this.repository.ofLink(digestOf(token));
    if (!session) throw new NotFoundError('Shared session');
    await this.passwords.demand(session, password, address);
    this.accesses.note(session);
    return session;
  }

  /** A session to which the reader was invited, and has accepted. */
  async openInvited(readerId: string, shareId: string): Promise<SharedSession> {
    const session = await this.repository.ofReader(readerId, shareId);
    if (!session) throw new NotFoundError('Shared session');
    this.accesses.note(session);
    return session;
  }

  async turns(session: SharedSession, args: ConnectionArgs): Promise<Connection<SharedTurn>> {
    const { ownerId, shareId } = session;
    const page = pageOf(args);
    const kind = `shared turns ${shareId}`;
    const [beyond] =
      page.cursor !== undefined ? this.cursors.decode(kind, ownerId, page.cursor, page.cursorPath) : [];
    const { rows, cut } = await this.repository.turns(session, page, beyond as number | undefined);
    const cursorOf = ({ sequence }: SharedTurn) => this.cursors.encode(kind, ownerId, [sequence]);
    return connectionOf(rows, page, cursorOf, cut);
  }

  /** Begins a session of the reader's own with what is shown. */
  async continue(
    readerId: string,
    { id, scope, token, password, shareId }: ContinueSharedSessionInput,
    address: string,
  ): Promise<Session> {
    if ((token == null) === (shareId == null)) {
      throw new BadUserInputError({ 'input.token': ['or shareId must be given, and not both'] });
    }
    const source =
      token != null
        ? await this.openLink({ token, password }, address)
        : await this.openInvited(readerId, shareId!);
    const { session } = await this.commands.runLong({
      kind: 'continueShared',
      userId: readerId,
      ...(token != null ? { tokenHash: digestOf(token).toString('hex') } : { shareId }),
      newSessionId: id ?? uuidv7(),
      sessionFingerprint: id == null ? undefined : fingerprint({ share: source.shareId, scope }),
      scope: scope ?? undefined,
      most: MOST_COPIED,
      wantSession: true,
    });
    return session as Session;
  }

  /** Newest first. */
  invitations(readerId: string): Promise<Invitation[]> {
    return this.repository.sharedWith(readerId, MOST_INVITATIONS);
  }

  async accept(readerId: string, shareId: string): Promise<Invitation> {
    const { ownerId } = await this.invitation(readerId, shareId);
    await this.commands.run({ kind: 'acceptShare', userId: ownerId, shareId, readerId });
    return this.invitation(readerId, shareId);
  }

  /** Declines an invitation, or leaves a session that was accepted. */
  async decline(readerId: string, shareId: string): Promise<string> {
    const { ownerId } = await this.invitation(readerId, shareId);
    await this.commands.run({ kind: 'declineShare', userId: ownerId, shareId, readerId });
    return shareId;
  }

  /** Stores a turn of a collaborator in the owner's session. */
  record(readerId: string, { shareId, id, ...input }: RecordSharedTurnInput): Promise<SharedTurn> {
    return this.write('recordSharedTurn', readerId, shareId, (ownerId) =>
      this.interactions.recordCommand(ownerId, { ...input, id: idIn(shareId, id) }),
    );
  }

  /** Stores the question of a turn whose answer is to come. */
  open(readerId: string, { shareId, id, ...input }: OpenSharedTurnInput): Promise<SharedTurn> {
    return this.write('openSharedTurn', readerId, shareId, (ownerId) =>
      this.interactions.openCommand(ownerId, { ...input, id: idIn(shareId, id) }),
    );
  }

  complete(readerId: string, { shareId, turnId, answer }: CompleteSharedTurnInput): Promise<SharedTurn> {
    return this.write('completeSharedTurn', readerId, shareId, (ownerId) =>
      this.interactions.finishCommand(ownerId, { id: turnId, answer }),
    );
  }

  fail(readerId: string, { shareId, turnId, ...input }: FailSharedTurnInput): Promise<SharedTurn> {
    return this.write('failSharedTurn', readerId, shareId, (ownerId) =>
      this.interactions.finishCommand(ownerId, { ...input, id: turnId }),
    );
  }

  recordToolCall(
    readerId: string,
    { shareId, turnId, id, ...input }: RecordSharedToolCallInput,
  ): Promise<SharedTurn> {
    return this.write('recordSharedToolCall', readerId, shareId, (ownerId) =>
      this.interactions.toolCallCommand(ownerId, { ...input, interactionId: turnId, id: idIn(shareId, id) }),
    );
  }

  /** What happens in a session that is shared with the reader. */
  async watch(
    readerId: string,
    shareId: string,
    after: string | undefined,
  ): Promise<LiveStream<SharedSessionEvent>> {
    return this.feed.stream(readerId, await this.openInvited(readerId, shareId), after);
  }

  /** Runs a command in the log of the owner, as the collaborator. */
  private async write(
    kind: string,
    readerId: string,
    shareId: string,
    commandOf: (ownerId: string) => Promise<Command>,
  ): Promise<SharedTurn> {
    const share = await this.openInvited(readerId, shareId);
    const command = await commandOf(share.ownerId);
    const { interaction } = await this.commands.run({ ...command, kind, shareId, readerId });
    const turn = await this.repository.turn(share, (interaction as { id: string }).id);
    if (!turn) throw new NotFoundError('Shared session'); // it is over
    return turn;
  }

  private async invitation(readerId: string, shareId: string): Promise<StoredInvitation> {
    const invitation = await this.repository.invitation(readerId, shareId);
    if (!invitation) throw new NotFoundError('Invitation');
    return invitation;
  }
}

/** An id in the names of a share: whether the owner has something under the collaborator's cannot be found out. */
function idIn(shareId: string, id: string | null | undefined): string | undefined {
  return id == null ? undefined : v5(id, shareId);
}
