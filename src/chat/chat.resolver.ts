import { Args, Context, Info, Mutation, Parent, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { UUIDScalar } from '../common/scalars.js';
import type { GraphQLContext } from '../graphql/context.js';
import { selects } from '../graphql/selection.js';
import { Interaction, InteractionPayload } from '../interactions/interaction.model.js';
import type { LiveStream } from '../live/live-stream.js';
import { AnswerPiece, AnswerVersion } from './answer.model.js';
import { RegenerateAnswerArgs, SendMessageInput } from './chat.input.js';
import { ChatService } from './chat.service.js';

const ID = { type: () => UUIDScalar, description: 'The interaction.' } as const;
const NOT_FOUND = 'NOT_FOUND when there is no such interaction.';
const LIMITED = 'RATE_LIMITED beyond CHAT_MESSAGES_PER_MINUTE.';

@Resolver(() => Interaction)
export class ChatResolver {
  constructor(private readonly chat: ChatService) {}

  @Mutation(() => InteractionPayload, {
    description:
      'Asks the configured model, with what it should remember: stores the question as PENDING and returns at once; ' +
      'watch the answer with `answerStreamed`. Without a model, memory alone answers. An answer that is not whole is ' +
      'FAILED, keeps what came of it, and says why in `errorCode`: TIMEOUT (silent for LLM_TIMEOUT_SECONDS, or ' +
      'LLM_ANSWER_SECONDS in all), RATE_LIMITED (by the provider), UNAVAILABLE (no provider, or no database), REJECTED (by the provider: the key, the model, the ' +
      'length), BAD_RESPONSE (not the protocol, or nothing), CUT_OFF (the stream broke), TOO_LONG, CANCELLED, ' +
      `INTERRUPTED (our process ended) or INTERNAL_SERVER_ERROR. ${LIMITED}`,
  })
  sendMessage(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The question.' }) input: SendMessageInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.chat.send(userId, input, selects(info, 'session'));
  }

  @Mutation(() => InteractionPayload, {
    description:
      'Answers the question of an interaction once more, from what is remembered now. The answer so far, with its ' +
      'rating, stays among `versions`, and stands again when the new one fails or is cancelled: then the interaction is ' +
      'COMPLETED as before, and the failed one is the last of `versions`. While an answer is being written, that one goes on. CONFLICT when it waits for ' +
      `the client to complete it, has no question, or has 50 answers. ${LIMITED} ${NOT_FOUND}`,
  })
  regenerateAnswer(
    @CurrentUser() userId: string,
    @Args() args: RegenerateAnswerArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InteractionPayload> {
    return this.chat.regenerate(userId, args, selects(info, 'session'));
  }

  @Mutation(() => Interaction, {
    description:
      'Stops the writing of an answer, whichever process writes it: the interaction is FAILED with the errorCode ' +
      'CANCELLED and keeps what came, or has its earlier answer again if it had one. One that has its answer stays as it ' +
      'is. CONFLICT when it waits for the client to ' +
      `complete it. ${NOT_FOUND}`,
  })
  cancelAnswer(
    @CurrentUser() userId: string,
    @Args('interactionId', ID) interactionId: string,
  ): Promise<Interaction> {
    return this.chat.cancel(userId, interactionId);
  }

  @Subscription(() => AnswerPiece, {
    description:
      'An answer as it is written, from its beginning, whenever one joins: first what there is (at once, be it nothing ' +
      'yet), then each piece as it comes, then `done`, and it ends. Of an answer that is complete, all of it in one ' +
      `piece. ${NOT_FOUND}`,
  })
  answerStreamed(
    @CurrentUser() userId: string,
    @Args('interactionId', ID) interactionId: string,
  ): Promise<LiveStream<AnswerPiece>> {
    return this.chat.watch(userId, interactionId);
  }

  @ResolveField(() => [AnswerVersion], {
    description:
      'Every answer it has had, oldest first, those that failed too. Its own is the newest that did not fail, else the last. ' +
      'At most 50.',
  })
  versions(
    @CurrentUser() userId: string,
    @Parent() interaction: Interaction,
    @Context() context: GraphQLContext,
  ): Promise<AnswerVersion[]> {
    return this.chat.versions(context, userId, interaction);
  }
}
