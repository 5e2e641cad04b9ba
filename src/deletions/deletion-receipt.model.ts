import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';

export enum DeletionKind {
  INTERACTION = 'INTERACTION',
  MESSAGES = 'MESSAGES',
  SESSION = 'SESSION',
  CLEANUP = 'CLEANUP',
  RETENTION = 'RETENTION',
  FACT = 'FACT',
  USER = 'USER',
}
registerEnumType(DeletionKind, {
  name: 'DeletionKind',
  description: 'What was to be deleted, and by what.',
  valuesMap: {
    INTERACTION: { description: 'An interaction, by `deleteInteraction`.' },
    MESSAGES: { description: 'All interactions of a session, by `clearMessages`; its summaries stay.' },
    SESSION: { description: 'A session, by its user.' },
    CLEANUP: { description: 'An old session, by `cleanupSessions`.' },
    RETENTION: { description: "An old session, by the server's SESSION_RETENTION_DAYS." },
    FACT: { description: 'A fact of the profile and those it superseded, by `forgetFact`.' },
    USER: { description: 'The user, by `deleteMe`.' },
  },
});

@ObjectType({ description: 'Rows that a deletion removed, for good.' })
export class RemovedRows {
  @Field(() => Int, { description: 'Sessions.' })
  sessions: number;

  @Field(() => Int, { description: 'Interactions, with their steps and what their contexts referred to.' })
  interactions: number;

  @Field(() => Int, { description: 'Versions of answers that were written here.' })
  answerVersions: number;

  @Field(() => Int, {
    description:
      'Summaries of every level and age, reverted ones too. What else they covered is live again, and is summarised anew ' +
      'when there is enough of it.',
  })
  summaries: number;

  @Field(() => Int, {
    description: 'Facts that nothing else that was said tells, and those that were to be forgotten.',
  })
  facts: number;

  @Field(() => Int, { description: 'Embeddings of questions and answers.' })
  embeddings: number;

  @Field(() => Int, { description: 'Blocks of the word index; they go with the user.' })
  recallBlocks: number;

  @Field(() => Int, {
    description:
      'Entries of the token ledger, which are numbers alone; they go with the user, and else stay counted without what ' +
      'they were for.',
  })
  usageEntries: number;
}

@ObjectType({
  description: 'Rows that hold other things too: emptied with the deletion, and made anew of what is left.',
})
export class RebuiltRows {
  @Field(() => Int, {
    description: 'Generated descriptions of sessions (`contextSummary`, `sessionContext`).',
  })
  sessionDescriptions: number;

  @Field(() => Int, { description: 'Facts that something else tells too; they are weighed again at once.' })
  facts: number;

  @Field(() => Int, { description: 'Blocks of the word index.' })
  recallBlocks: number;

  @Field(() => Int, {
    description:
      'Answers from memory alone that quoted it, in any version: they say that it has been deleted.',
  })
  answers: number;
}

@ObjectType({
  description:
    'What a deletion did to all that came from what was deleted, written by the transaction that did it. It holds no word ' +
    'of what is gone.',
})
export class DeletionReceipt {
  @Field(() => DeletionKind, { description: 'What was to be deleted.' })
  kind: DeletionKind;

  @Field(() => UUIDScalar, { description: 'Id of the interaction, session, fact or user.' })
  subjectId: string;

  @Field(() => RevisionScalar, {
    description:
      'The step of the revision that the deletion took, which `changes` tells too; the last revision of a user who is gone.',
  })
  revision: number;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at: string;

  @Field(() => RemovedRows, { description: 'What is gone.' })
  removed: RemovedRows;

  @Field(() => RebuiltRows, { description: 'What is made anew.' })
  rebuilt: RebuiltRows;
}
