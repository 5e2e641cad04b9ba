import { Args, Info, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import { demandSession, type Viewer } from '../graphql/context.js';
import { selectedFields, selects } from '../graphql/selection.js';
import { AFTER } from '../live/after.js';
import type { LiveStream } from '../live/live-stream.js';
import {
  AddMessageInput,
  CompleteInteractionInput,
  FailInteractionInput,
  OpenInteractionInput,
  RateInteractionInput,
  RecentInteractionsArgs,
  RecordErrorInput,
  RecordInteractionInput,
  RecordInteractionsArgs,
  RecordToolCallInput,
  UpdateInteractionMetadataArgs,
} from './interaction.input.js';
import {
  AddMessagePayload,
  Interaction,
  InteractionAddedEvent,
  InteractionPayload,
  RecordedItem,
} from './interaction.model.js';
import { InteractionsService } from './interactions.service.js';

const ID = { type: () => UUIDScalar, description: 'The interaction.' } as const;
const TO_STORE = { description: 'What to store.' } as const;

@Resolver(() => Interaction)
export class InteractionsResolver {
  constructor(private readonly interactions: InteractionsService) {}

  @Query(() => Interaction, { description: `One interaction. ${NOT_FOUND}` })
  interaction(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Interaction> {
    return this.interactions.get(userId, id);
  }

  @Query(() => [Interaction], {
    description:
      "The user's latest interactions across all sessions, newest first. Fewer than asked for when they come to more " +
      'than 4 MiB.',
  })
  recentInteractions(
    @CurrentViewer() viewer: Viewer,
    @Args() { limit, askedIn }: RecentInteractionsArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Interaction[]> {
    demandSession(viewer, askedIn, 'askedIn');
    return this.interactions.recent(viewer.userId, { limit, askedIn }, selectedFields(info));
  }

  @Mutation(() => InteractionPayload, {
    description: `Stores a whole turn, durably. Without a session it goes to the scope's active one, got or created.`,
  })
  recordInteraction(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: RecordInteractionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.record(userId, input, selects(info, 'session'));
  }

  @Mutation(() => [RecordedItem], {
    description:
      'Stores up to 500 turns in order, in one statement. A refused item leaves the others alone: it has an `error` of ' +
      'its own. Only what is no RecordInteractionInput at all (a wrong type, an unknown field) refuses the call.',
  })
  recordInteractions(
    @CurrentUser() userId: string,
    @Args() { items }: RecordInteractionsArgs,
  ): Promise<RecordedItem[]> {
    return this.interactions.recordMany(userId, items);
  }

  @Mutation(() => InteractionPayload, {
    description: 'Stores a question as PENDING, to be completed or failed.',
  })
  openInteraction(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: OpenInteractionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.open(userId, input, selects(info, 'session'));
  }

  @Mutation(() => InteractionPayload, {
    description: `Answers a pending interaction. Repeating it is harmless; another answer is a CONFLICT. ${NOT_FOUND}`,
  })
  completeInteraction(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: CompleteInteractionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.complete(userId, input, selects(info, 'session'));
  }

  @Mutation(() => InteractionPayload, {
    description: `Fails a pending interaction, keeping a partial answer. CONFLICT when it is completed. ${NOT_FOUND}`,
  })
  failInteraction(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: FailInteractionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.fail(userId, input, selects(info, 'session'));
  }

  @Mutation(() => AddMessagePayload, {
    description: 'Stores one message: the message-wise way into the same log.',
  })
  addMessage(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: AddMessageInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AddMessagePayload> {
    return this.interactions.addMessage(userId, input, selects(info, 'session'));
  }

  @Mutation(() => InteractionPayload, { description: `Stores a call of a tool as a step. ${NOT_FOUND}` })
  recordToolCall(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: RecordToolCallInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.recordToolCall(userId, input, selects(info, 'session'));
  }

  @Mutation(() => InteractionPayload, {
    description: `Stores an error as a step; the interaction's status stays. ${NOT_FOUND}`,
  })
  recordError(
    @CurrentUser() userId: string,
    @Args('input', TO_STORE) input: RecordErrorInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.interactions.recordError(userId, input, selects(info, 'session'));
  }

  @Mutation(() => Interaction, { description: `Keeps the user's feedback on an answer. ${NOT_FOUND}` })
  rateInteraction(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The feedback.' }) input: RateInteractionInput,
  ): Promise<Interaction> {
    return this.interactions.rate(userId, input);
  }

  @Mutation(() => Interaction, { description: `Merges a patch into an interaction's metadata. ${NOT_FOUND}` })
  updateInteractionMetadata(
    @CurrentUser() userId: string,
    @Args() { id, patch }: UpdateInteractionMetadataArgs,
  ): Promise<Interaction> {
    return this.interactions.updateMetadata(userId, id, patch);
  }

  @Mutation(() => UUIDScalar, {
    description:
      'Deletes an interaction for good, from all forks that share it; returns its id, which must not be used again, and ' +
      `by which \`deletionReceipt\` tells what went with it. ${NOT_FOUND}`,
  })
  deleteInteraction(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<string> {
    return this.interactions.delete(userId, id);
  }

  @Subscription(() => InteractionAddedEvent, {
    description:
      'Interactions as they are recorded, opened, completed or failed. With `after`, first everything since that ' +
      'revision, once, in order, then live. NOT_FOUND for a session that is not there.',
  })
  interactionAdded(
    @CurrentUser() userId: string,
    @Args('sessionId', { type: () => UUIDScalar, nullable: true, description: 'Only those of this session.' })
    sessionId?: string | null,
    @Args('after', AFTER) after?: number | null,
  ): Promise<LiveStream<InteractionAddedEvent>> {
    return this.interactions.watch(userId, sessionId ?? undefined, after ?? undefined);
  }
}
