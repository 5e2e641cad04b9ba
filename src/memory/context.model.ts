import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, JSONScalar, RevisionScalar, UUIDScalar } from '../common/scalars.js';
import { MessageRole } from '../interactions/interaction.model.js';

export enum ContextSectionName {
  PROFILE = 'PROFILE',
  SUMMARIES = 'SUMMARIES',
  RECALLED = 'RECALLED',
  RECENT = 'RECENT',
  SYSTEM_NOTE = 'SYSTEM_NOTE',
}
registerEnumType(ContextSectionName, {
  name: 'ContextSectionName',
  description: 'A part of a context.',
  valuesMap: {
    PROFILE: { description: 'What is known of the user.' },
    SUMMARIES: { description: 'Summaries of sessions.' },
    RECALLED: { description: 'What was said about the query, in the system prompt.' },
    RECENT: { description: 'The newest turns, as messages.' },
    SYSTEM_NOTE: {
      description:
        'What the session began with, if that is of the role SYSTEM, as the first message; whole or not at all.',
    },
  },
});

export enum ContextReason {
  RECENT = 'RECENT',
  RELEVANT = 'RELEVANT',
  NEIGHBOUR = 'NEIGHBOUR',
  SUMMARY = 'SUMMARY',
  PROFILE = 'PROFILE',
  SYSTEM_NOTE = 'SYSTEM_NOTE',
}
registerEnumType(ContextReason, {
  name: 'ContextReason',
  description: 'Why something is in a context.',
  valuesMap: {
    RECENT: { description: 'It is among the newest turns, or the whole history fits.' },
    RELEVANT: {
      description: 'It has words of the query, is near it in meaning, or is of the day that it names.',
    },
    NEIGHBOUR: { description: 'It was said near something relevant.' },
    SUMMARY: { description: 'It sums up what is not in verbatim.' },
    PROFILE: { description: 'It is known of the user.' },
    SYSTEM_NOTE: { description: 'The session began with it, for the whole of it.' },
  },
});

export enum ContextSourceKind {
  INTERACTION = 'INTERACTION',
  SUMMARY = 'SUMMARY',
  FACT = 'FACT',
}
registerEnumType(ContextSourceKind, {
  name: 'ContextSourceKind',
  description: 'What a part of a context comes from.',
  valuesMap: {
    INTERACTION: { description: 'A question or an answer, verbatim.' },
    SUMMARY: { description: 'A version of a summary.' },
    FACT: { description: 'A fact of the profile.' },
  },
});

export enum RetrievalMode {
  WORDS = 'WORDS',
  HYBRID = 'HYBRID',
}
registerEnumType(RetrievalMode, {
  name: 'RetrievalMode',
  description: 'How what was said about a query was looked for.',
  valuesMap: {
    WORDS: { description: 'By words alone: embeddings are off, or failed this time.' },
    HYBRID: { description: 'By words and by meaning.' },
  },
});

@ObjectType({ description: 'A message as a model takes it.' })
export class ContextMessage {
  @Field(() => MessageRole, {
    description: 'USER or ASSISTANT; SYSTEM for the note that the session began with.',
  })
  role: MessageRole;

  @Field({ description: 'What was said, verbatim.' })
  content: string;
}

@ObjectType({ description: 'What one section of a context took.' })
export class ContextSection {
  @Field(() => ContextSectionName, { description: 'Which section.' })
  name: ContextSectionName;

  @Field(() => Int, { description: 'Its tokens, headers included.' })
  tokens: number;

  @Field(() => Int, { description: 'How many questions, answers, summaries or facts are in it.' })
  items: number;

  @Field(() => Int, { description: 'How many more it would have had with an unlimited budget.' })
  leftOut: number;
}

@ObjectType({ description: 'Where a part of a context comes from, and why it is there.' })
export class ContextSource {
  @Field(() => ContextSourceKind, { description: 'What it is.' })
  kind: ContextSourceKind;

  @Field(() => UUIDScalar, { description: 'The interaction, summary or fact.' })
  id: string;

  @Field(() => MessageRole, {
    nullable: true,
    description:
      'Of an interaction: USER for its question, ASSISTANT for its answer, SYSTEM for its system note.',
  })
  role: MessageRole | null;

  @Field(() => ContextReason, { description: 'Why it is there.' })
  why: ContextReason;

  @Field(() => Float, {
    description: 'How well it answers the query, as in `recall`; 0 when that did not count.',
  })
  score: number;

  @Field(() => Int, { description: 'Its tokens, without headers.' })
  tokens: number;

  /** Its place in the log. */
  sequence: number;
}

@ObjectType({
  description: 'What a model should remember before it answers. Add the question as the last message.',
})
export class ModelContext {
  @Field({
    description:
      'The time, what is known of the user, and what was said in earlier sessions, by time, with who said it; summaries of ' +
      'what is not in verbatim stand where that would. All of it is fenced as data by a mark that nothing in it contains.',
  })
  systemPrompt: string;

  @Field(() => [ContextMessage], {
    description:
      'The system note of the session, then the newest turns, oldest first, as messages of their roles.',
  })
  messages: ContextMessage[];

  @Field(() => Int, {
    description: 'Tokens (o200k_base) of the system prompt and the messages, and 4 for each message.',
  })
  tokens: number;

  @Field(() => [ContextSection], { description: 'What each section took.' })
  sections: ContextSection[];

  @Field(() => [ContextSource], { description: 'Everything in it, and why.' })
  sources: ContextSource[];

  @Field(() => RetrievalMode, {
    nullable: true,
    description: 'How RECALLED was looked for; null when it was not asked for.',
  })
  retrieval: RetrievalMode | null;

  @Field(() => JSONScalar, {
    description:
      'Store it as `contextUsed` of the interaction: references, not copies, from which `contextSources` and ' +
      '`replayContext` tell later what was used.',
  })
  contextUsed: Record<string, unknown>;

  @Field(() => RevisionScalar, { description: "The user's revision it was built at." })
  revision: number;
}

@ObjectType({ description: 'A context that was used once, as it was sent.' })
export class ContextReplay {
  @Field(() => DateTimeScalar, { description: 'When it was built.' })
  builtAt: Date;

  @Field({ description: 'The system prompt that was sent, without what has been deleted since.' })
  systemPrompt: string;

  @Field(() => [ContextMessage], {
    description: 'The messages that were sent, without what has been deleted since.',
  })
  messages: ContextMessage[];

  @Field(() => Int, { description: 'Tokens of both, counted as in `buildContext`.' })
  tokens: number;

  @Field(() => [ContextSource], { description: 'What was in it and still exists.' })
  sources: ContextSource[];

  @Field(() => Int, { description: 'How many interactions and summaries in it have been deleted since.' })
  missing: number;

  @Field(() => ModelContext, {
    description:
      'What would be sent today for the same question with the same arguments, were it not asked yet.',
  })
  today: ModelContext;

  @Field(() => [ContextSource], { description: 'Sources of today that were not in it.' })
  added: ContextSource[];

  @Field(() => [ContextSource], { description: 'Sources that were in it and would not be today.' })
  removed: ContextSource[];
}
