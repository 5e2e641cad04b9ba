import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import mercurius, { type IResolvers } from 'mercurius';
import pg from 'pg';
import { userOf } from './token.ts';

const schema = `
  scalar DateTime
  type Interaction {
    id: ID! sessionId: ID! status: String! modality: String! question: String answer: String
    questionTokens: Int! answerTokens: Int! occurredAt: DateTime!
  }
  type Session {
    id: ID! type: String! title: String scope: String! startedAt: DateTime! endedAt: DateTime endReason: String
    lastActivityAt: DateTime! interactionCount: Int!
  }
  input RecordInteractionInput { question: String! answer: String }
  type Query {
    recentInteractions(limit: Int = 20): [Interaction!]!
    sessions(first: Int = 20): [Session!]!
  }
  type Mutation { recordInteraction(input: RecordInteractionInput!): Interaction! }
`;

/** The statements of the service, each sent as it is called. */
const RECENT = {
  name: 'recent_interactions',
  text: 'select * from interaction_model where "userId" = (select as_user($1)) order by sequence desc limit $2',
};
const SESSIONS = {
  name: 'sessions',
  text: 'select * from session_model where "userId" = (select as_user($1)) order by "startedAt" desc, id desc limit $2',
};
const RECORD = { name: 'apply_commands', text: "select * from apply_commands($1, $2, false, '2s')" };
const DEFAULTS = JSON.stringify({ idleTimeoutSeconds: 900, tokenLimit: 4000 });

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  options: '-c role=recollect_app -c timezone=UTC -c plan_cache_mode=force_generic_plan',
  max: Number(process.env.POOL_SIZE),
});

interface Viewer {
  userId: string;
}

const resolvers = {
  DateTime: GraphQLDateTimeISO,
  Query: {
    recentInteractions: async (_: unknown, { limit }: { limit: number }, { userId }: Viewer) =>
      (await pool.query({ ...RECENT, values: [userId, limit] })).rows,
    sessions: async (_: unknown, { first }: { first: number }, { userId }: Viewer) =>
      (await pool.query({ ...SESSIONS, values: [userId, first] })).rows,
  },
  Mutation: {
    recordInteraction: async (_: unknown, { input }: { input: object }, { userId }: Viewer) => {
      const command = {
        kind: 'recordInteraction',
        userId,
        id: randomUUID(),
        newSessionId: randomUUID(),
        ...input,
      };
      const { rows } = await pool.query({ ...RECORD, values: [JSON.stringify([command]), DEFAULTS] });
      if (rows[0].error_code) throw new Error(rows[0].error_message);
      return rows[0].interaction;
    },
  },
};

const app = Fastify();
await app.register(mercurius, {
  schema,
  resolvers: resolvers as IResolvers,
  jit: 1,
  context: async ({ headers }) => ({ userId: await userOf(headers.authorization) }),
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
