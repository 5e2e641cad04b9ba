import { Args, Context, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { UUIDScalar } from '../common/scalars.js';
import type { LiveStream } from '../live/live-stream.js';
import { Session } from '../sessions/session.model.js';
import { Invitation } from './invitation.model.js';
import { MOST_COPIED, MOST_INVITATIONS, ReadersService } from './readers.service.js';
import {
  CompleteSharedTurnInput,
  ContinueSharedSessionInput,
  FailSharedTurnInput,
  OpenSharedTurnInput,
  RecordSharedToolCallInput,
  RecordSharedTurnInput,
  SharedSessionChangedArgs,
} from './share.input.js';
import { SharedSession, SharedSessionEvent, SharedTurn } from './shared-session.model.js';

const ID = { type: () => UUIDScalar, description: 'The share.' } as const;
const TO_STORE = { description: 'What to store.' };
const NOT_FOUND = 'NOT_FOUND when there is none, or it was revoked or has expired.';
const NO_TURN = `FORBIDDEN to a reader, NOT_FOUND when the turn is not the collaborator's. ${NOT_FOUND}`;

/** What users do with sessions that are shared with them. */
@Resolver(() => Invitation)
export class InvitationsResolver {
  constructor(private readonly readers: ReadersService) {}

  @Query(() => [Invitation], {
    description: `Sessions of others to which the user is invited, accepted or not, newest first; the newest ${MOST_INVITATIONS}.`,
  })
  sharedWithMe(@CurrentUser() userId: string): Promise<Invitation[]> {
    return this.readers.invitations(userId);
  }

  @Query(() => SharedSession, {
    description: `A session of somebody else, to which the user was invited and has accepted. ${NOT_FOUND}`,
  })
  sessionSharedWithMe(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<SharedSession> {
    return this.readers.openInvited(userId, id);
  }

  @NotForKeys()
  @Mutation(() => Invitation, {
    description: `Accepts an invitation; its sender sees so. Accepting again changes nothing. ${NOT_FOUND}`,
  })
  acceptInvitation(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Invitation> {
    return this.readers.accept(userId, id);
  }

  @NotForKeys()
  @Mutation(() => UUIDScalar, {
    description: `Declines an invitation, or leaves the session it was accepted for; returns its id. ${NOT_FOUND}`,
  })
  declineInvitation(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<string> {
    return this.readers.decline(userId, id);
  }

  @Mutation(() => Session, {
    description:
      "Starts a session of the user's own with the turns that a link or an invitation shows, as they are shown: the " +
      `newest ${MOST_COPIED} that are answered, with new ids and their original times. It stays when the share is over. ` +
      'The active session of the scope ends. CONFLICT when another session is stored under the given id; errors of the ' +
      `link as of \`sharedSession\`. ${NOT_FOUND}`,
  })
  continueSharedSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'What to continue.' }) input: ContinueSharedSessionInput,
    @Context('remoteAddress') address: string,
  ): Promise<Session> {
    return this.readers.continue(userId, input, address);
  }

  @Mutation(() => SharedTurn, {
    description:
      'Stores a whole turn of a collaborator in the session of somebody else, durably; the owner sees who wrote it. A ' +
      'session that has ended is not resumed by it. FORBIDDEN to a reader, CONFLICT when another turn is stored under the ' +
      `given id. ${NOT_FOUND}`,
  })
  recordSharedTurn(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: RecordSharedTurnInput,
  ): Promise<SharedTurn> {
    return this.readers.record(userId, input);
  }

  @Mutation(() => SharedTurn, {
    description:
      'Stores a question of a collaborator in the session of somebody else as PENDING, to be completed or failed. ' +
      `FORBIDDEN to a reader, CONFLICT when another turn is stored under the given id. ${NOT_FOUND}`,
  })
  openSharedTurn(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: OpenSharedTurnInput,
  ): Promise<SharedTurn> {
    return this.readers.open(userId, input);
  }

  @Mutation(() => SharedTurn, {
    description:
      'Answers a pending turn that the collaborator has opened. Repeating it is harmless; another answer is a CONFLICT. ' +
      NO_TURN,
  })
  completeSharedTurn(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: CompleteSharedTurnInput,
  ): Promise<SharedTurn> {
    return this.readers.complete(userId, input);
  }

  @Mutation(() => SharedTurn, {
    description:
      'Fails a pending turn that the collaborator has opened, keeping a partial answer. CONFLICT when it is completed. ' +
      NO_TURN,
  })
  failSharedTurn(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: FailSharedTurnInput,
  ): Promise<SharedTurn> {
    return this.readers.fail(userId, input);
  }

  @Mutation(() => SharedTurn, {
    description: `Stores a call of a tool as a step of a turn of the collaborator's own. ${NO_TURN}`,
  })
  recordSharedToolCall(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: RecordSharedToolCallInput,
  ): Promise<SharedTurn> {
    return this.readers.recordToolCall(userId, input);
  }

  @Subscription(() => SharedSessionEvent, {
    description:
      'What happens in a session that is shared with the user: turns as they are recorded, change or are deleted. With ' +
      '`after`, first everything since that event, once, in order, then live. It ends with NOT_FOUND as soon as the share ' +
      `is revoked. ${NOT_FOUND}`,
  })
  sharedSessionChanged(
    @CurrentUser() userId: string,
    @Args() { id, after }: SharedSessionChangedArgs,
  ): Promise<LiveStream<SharedSessionEvent>> {
    return this.readers.watch(userId, id, after ?? undefined);
  }
}
