import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { UUIDScalar } from '../common/scalars.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Interaction } from '../interactions/interaction.model.js';
import { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Fact } from './fact.model.js';
import {
  AddFactInput,
  CorrectFactInput,
  ProfileArgs,
  SourcesArgs,
  UnderstandingArgs,
} from './profile.input.js';
import { Profile, UnderstandingLevel } from './profile.model.js';
import { ProfileService } from './profile.service.js';

const ID = { type: () => UUIDScalar, description: 'The fact.' } as const;

@Resolver(() => Fact)
export class FactResolver {
  constructor(private readonly profiles: ProfileService) {}

  @Mutation(() => Fact, {
    description:
      'Adds a fact by the word of the user, or makes one that was learnt the word of the user. What had the same place ' +
      '("location") is superseded; what was forgotten may be learnt again. CONFLICT when the profile holds 2,000 facts.',
  })
  addFact(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The fact.' }) input: AddFactInput,
  ): Promise<Fact> {
    return this.profiles.add(userId, input);
  }

  @Mutation(() => Fact, {
    description:
      'Puts what is right in the place of a fact, which it supersedes; what was wrong is not learnt again. CONFLICT ' +
      `when another fact has taken its place already. ${NOT_FOUND}`,
  })
  correctFact(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The correction.' }) input: CorrectFactInput,
  ): Promise<Fact> {
    return this.profiles.correct(userId, input);
  }

  @Mutation(() => Fact, {
    nullable: true,
    description:
      'Pins a fact, which then nothing takes the place of and which outlives its sources, or unpins it; null when it ' +
      `went with its pin, because its sources are gone. ${NOT_FOUND}`,
  })
  pinFact(
    @CurrentUser() userId: string,
    @Args('id', ID) id: string,
    @Args('pinned', { description: 'Whether it is to be pinned.' }) pinned: boolean,
  ): Promise<Fact | null> {
    return this.profiles.pin(userId, id, pinned);
  }

  @Mutation(() => UUIDScalar, {
    description:
      'Deletes a fact and those it superseded, for good, and returns its id. It stays forgotten: what is learnt later ' +
      `does not bring it back, until it is added again. No word of it is kept; \`deletionReceipt\` tells what went. ${NOT_FOUND}`,
  })
  forgetFact(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<string> {
    return this.profiles.forget(userId, id);
  }

  @ResolveField(() => [Interaction], { description: 'The interactions it was learnt from, newest first.' })
  sources(
    @CurrentUser() userId: string,
    @Parent() fact: Fact,
    @Args() { first }: SourcesArgs,
    @Context() context: GraphQLContext,
  ): Promise<Interaction[]> {
    return this.profiles.sources(context, userId, fact, first);
  }

  @ResolveField(() => Fact, { nullable: true, description: 'The fact whose place it took.' })
  supersedes(
    @CurrentUser() userId: string,
    @Parent() fact: Fact,
    @Context() context: GraphQLContext,
  ): Promise<Fact | null> {
    return this.profiles.supersededBy(context, userId, fact);
  }
}

@Resolver(() => Profile)
export class ProfileResolver {
  constructor(
    private readonly profiles: ProfileService,
    private readonly sessions: SessionsService,
  ) {}

  @Query(() => Profile, {
    description:
      'What is known of the user. It is learnt in the background after a session ends and every 20 interactions, from ' +
      "the user's own words only.",
  })
  profile(@CurrentUser() userId: string, @Args() { first }: ProfileArgs): Promise<Profile> {
    return this.profiles.profile(userId, first);
  }

  @ResolveField(() => Session, { nullable: true, description: 'The session that started last.' })
  async lastSession(
    @CurrentUser() userId: string,
    @Parent() { lastSessionId }: Profile,
    @Context() context: GraphQLContext,
  ): Promise<Session | null> {
    return lastSessionId ? this.sessions.load(context, userId, lastSessionId) : null;
  }

  @ResolveField(() => [UnderstandingLevel], {
    description: 'How the level grew: what it was after each session that ended, newest first.',
  })
  understandingLevels(
    @CurrentUser() userId: string,
    @Args() { first }: UnderstandingArgs,
  ): Promise<UnderstandingLevel[]> {
    return this.profiles.levels(userId, first);
  }
}
