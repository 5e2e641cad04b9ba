import type { OnModuleInit } from '@nestjs/common';
import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { parseResolveInfo, type FieldsByTypeName, type ResolveTree } from 'graphql-parse-resolve-info';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { ConnectionArgs, MAX_PAGE, type Connection } from '../common/pagination.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Interaction, InteractionConnection, MessageConnection, type Message } from './interaction.model.js';
import { InteractionsService } from './interactions.service.js';

type Field = 'interactions' | 'messages';

const keyOf = (field: Field, sessionId: string, { first, after, last, before }: ConnectionArgs): string =>
  JSON.stringify([field, sessionId, first ?? null, after ?? null, last ?? null, before ?? null]);

const FORK = 'A fork has those of its ancestors up to where it was forked before its own.';
const CUT = 'A page ends early, with more to come, when it exceeds 4 MiB.';

/** The log as fields of its session. */
@Resolver(() => Session)
export class SessionLogResolver implements OnModuleInit {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly sessions: SessionsService,
  ) {}

  onModuleInit(): void {
    this.sessions.onSelected((userId, sessionId, info, context) => {
      for (const { name, args } of selectedLists(info)) {
        const started = this.read(name, userId, sessionId, args);
        started.catch(() => {}); // whoever takes it hears of the failure; nobody does when there is no such session
        context.loaders.set(keyOf(name, sessionId, args), started);
      }
    });
  }

  @ResolveField('interactions', () => InteractionConnection, {
    description: `Its interactions in the order of the log, oldest first; \`last\` gives the newest. ${FORK} ${CUT}`,
  })
  async interactionsOf(
    @CurrentUser() userId: string,
    @Parent() { id }: Session,
    @Args() args: ConnectionArgs,
    @Context() context: GraphQLContext,
  ): Promise<Connection<Interaction>> {
    return (await this.list('interactions', userId, id, args, context)) as Connection<Interaction>;
  }

  @ResolveField(() => MessageConnection, {
    description: `The same log one utterance at a time, oldest first; \`last\` gives the newest. ${FORK} ${CUT}`,
  })
  async messages(
    @CurrentUser() userId: string,
    @Parent() { id }: Session,
    @Args() args: ConnectionArgs,
    @Context() context: GraphQLContext,
  ): Promise<Connection<Message>> {
    return (await this.list('messages', userId, id, args, context)) as Connection<Message>;
  }

  private list(
    field: Field,
    userId: string,
    sessionId: string,
    args: ConnectionArgs,
    context: GraphQLContext,
  ) {
    const started = context.loaders.get(keyOf(field, sessionId, args));
    return (started as ReturnType<typeof this.read> | undefined) ?? this.read(field, userId, sessionId, args);
  }

  private read(
    field: Field,
    userId: string,
    sessionId: string,
    args: ConnectionArgs,
  ): Promise<Connection<Interaction> | Connection<Message>> {
    return field === 'interactions'
      ? this.interactions.ofSession(userId, sessionId, args)
      : this.interactions.messagesOfSession(userId, sessionId, args);
  }
}

/** The session of an interaction, wherever it is selected. */
@Resolver(() => Interaction)
export class InteractionSessionResolver {
  constructor(private readonly sessions: SessionsService) {}

  @ResolveField(() => Session, { description: 'The session that holds it; forks of that may have it too.' })
  session(
    @CurrentUser() userId: string,
    @Parent() { sessionId }: Interaction,
    @Context() context: GraphQLContext,
  ): Promise<Session> {
    return this.sessions.load(context, userId, sessionId);
  }
}

/** The lists a client selects under a session. Arguments out of range are left to the field, which refuses them. */
function selectedLists(info: GraphQLResolveInfo): { name: Field; args: ConnectionArgs }[] {
  const tree = parseResolveInfo(info) as ResolveTree | null;
  const fields = Object.values((tree?.fieldsByTypeName as FieldsByTypeName)?.Session ?? {});
  return fields.flatMap(({ name, args }) => {
    const page = args as ConnectionArgs;
    const isList = name === 'interactions' || name === 'messages';
    return isList && inRange(page.first) && inRange(page.last) ? [{ name, args: page }] : [];
  });
}

const inRange = (count: number | null | undefined): boolean =>
  count == null || (count >= 1 && count <= MAX_PAGE);
