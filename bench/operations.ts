/** What is asked of every contender: the same data, in the words of its schema. */
export type Workload = 'record' | 'recent' | 'sessions';

/** A workload, or `page`: one page of a long list. */
export type OperationName = Workload | 'page';

export interface Operation {
  query: string;
  /** Where the answer's rows are below `data`; a record's answer is one row. */
  path: string[];
  /** How many rows there must be. */
  rows: number;
  variables(userId: string, question: string, answer: string): object;
}

export type Dialect = Record<Workload, Operation> & { page?: Operation };

const INTERACTION = 'id sessionId status question answer questionTokens answerTokens occurredAt';
const SESSION = 'id type title scope startedAt endedAt endReason lastActivityAt interactionCount';

const none = () => ({});
const turn = (_: string, question: string, answer: string) => ({ input: { question, answer } });

const recollect = {
  record: {
    query: `mutation Record($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { ${INTERACTION} } } }`,
    path: ['recordInteraction', 'interaction'],
    rows: 1,
    variables: turn,
  },
  recent: {
    query: `query Recent { recentInteractions(limit: 20) { ${INTERACTION} } }`,
    path: ['recentInteractions'],
    rows: 20,
    variables: none,
  },
  sessions: {
    query: `query Sessions { sessions(first: 20) { edges { node { ${SESSION} } } } }`,
    path: ['sessions', 'edges'],
    rows: 20,
    variables: none,
  },
  page: {
    query: `query Page($after: String) {
      sessions(first: 20, after: $after) { edges { node { ${SESSION} } } pageInfo { hasNextPage endCursor } }
    }`,
    path: ['sessions', 'edges'],
    rows: 20,
    variables: none,
  },
} satisfies Dialect;

/** Without edges: what a service written by hand would offer. */
const plain: Dialect = {
  record: {
    query: `mutation Record($input: RecordInteractionInput!) { recordInteraction(input: $input) { ${INTERACTION} } }`,
    path: ['recordInteraction'],
    rows: 1,
    variables: turn,
  },
  recent: recollect.recent,
  sessions: {
    query: `query Sessions { sessions(first: 20) { ${SESSION} } }`,
    path: ['sessions'],
    rows: 20,
    variables: none,
  },
};

const rowId = (fields: string) => fields.replace(/^id/, 'rowId');
const ofUser = (userId: string) => ({ userId });

const postgraphile: Dialect = {
  record: {
    query: `mutation Record($commands: JSON!) {
      applyCommands(input: { commands: $commands, defaults: { idleTimeoutSeconds: 900, tokenLimit: 4000 }, notify: false, patience: "2s" }) {
        result { interaction }
      }
    }`,
    path: ['applyCommands', 'result'],
    rows: 1,
    variables: (userId, question, answer) => ({
      commands: [
        {
          kind: 'recordInteraction',
          userId,
          id: crypto.randomUUID(),
          newSessionId: crypto.randomUUID(),
          question,
          answer,
        },
      ],
    }),
  },
  recent: {
    query: `query Recent($userId: UUID!) {
      allInteractions(condition: { userId: $userId }, orderBy: SEQUENCE_DESC, first: 20) { nodes { ${rowId(INTERACTION)} } }
    }`,
    path: ['allInteractions', 'nodes'],
    rows: 20,
    variables: ofUser,
  },
  sessions: {
    query: `query Sessions($userId: UUID!) {
      allSessions(condition: { userId: $userId }, orderBy: [STARTED_AT_DESC, ROW_ID_DESC], first: 20) { nodes { ${rowId(SESSION)} } }
    }`,
    path: ['allSessions', 'nodes'],
    rows: 20,
    variables: ofUser,
  },
};

export const dialects: Record<'recollect' | 'plain' | 'postgraphile', Dialect> = {
  recollect,
  plain,
  postgraphile,
};
export type DialectName = keyof typeof dialects;
