import { Field, Float, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';

export enum FactCategory {
  INTEREST = 'INTEREST',
  TRAIT = 'TRAIT',
  COMMUNICATION_STYLE = 'COMMUNICATION_STYLE',
  MOOD_PATTERN = 'MOOD_PATTERN',
  GOAL = 'GOAL',
  VALUE = 'VALUE',
  PREFERENCE = 'PREFERENCE',
  DISLIKE = 'DISLIKE',
  RELATIONSHIP = 'RELATIONSHIP',
  IMPORTANT_PERSON = 'IMPORTANT_PERSON',
  OCCUPATION = 'OCCUPATION',
  LOCATION = 'LOCATION',
  LIFE_EVENT = 'LIFE_EVENT',
  CHALLENGE = 'CHALLENGE',
  MILESTONE = 'MILESTONE',
  RECURRING_THEME = 'RECURRING_THEME',
}
registerEnumType(FactCategory, {
  name: 'FactCategory',
  description: 'What a fact of the profile is about.',
  valuesMap: {
    INTEREST: { description: 'What they like to do: "Loves hiking".' },
    TRAIT: { description: 'What they are like: "Is vegetarian".' },
    COMMUNICATION_STYLE: { description: 'How they want to be talked to: "Wants short answers".' },
    MOOD_PATTERN: { description: 'How they tend to feel.' },
    GOAL: { description: 'What they want to reach: "Is learning Portuguese".' },
    VALUE: { description: 'What matters to them.' },
    PREFERENCE: { description: 'What they like: "Loves sushi".' },
    DISLIKE: { description: 'What they do not like.' },
    RELATIONSHIP: { description: 'How they live with others: "Has two children".' },
    IMPORTANT_PERSON: { description: 'Somebody by name: "Has a sister called Anna".' },
    OCCUPATION: { description: 'What they work as, and where.' },
    LOCATION: { description: 'Where they live or come from.' },
    LIFE_EVENT: { description: 'What happened to them: "Got married".' },
    CHALLENGE: { description: 'What they struggle with.' },
    MILESTONE: { description: 'What they achieved.' },
    RECURRING_THEME: { description: 'What their sessions come back to.' },
  },
});

export enum FactOrigin {
  LEARNT = 'LEARNT',
  ADDED = 'ADDED',
  CORRECTED = 'CORRECTED',
}
registerEnumType(FactOrigin, {
  name: 'FactOrigin',
  description: 'How a fact came into the profile.',
  valuesMap: {
    LEARNT: { description: 'From what the user said. It goes when all its sources are deleted.' },
    ADDED: { description: "The user's own word. It stays until it is forgotten." },
    CORRECTED: { description: "The user's own word in place of what was known. It stays likewise." },
  },
});

@ObjectType({ description: 'Something that is known of the user.' })
export class Fact {
  @Field(() => UUIDScalar, { description: 'Identifies the fact.' })
  id: string;

  userId: string;

  @Field(() => FactCategory, { description: 'What it is about.' })
  category: FactCategory;

  @Field({
    description:
      'The fact, as what follows "The user ...": "Works as a nurse". Without keys, passwords and numbers of cards and accounts.',
  })
  text: string;

  @Field(() => FactOrigin, { description: 'How it came into the profile.' })
  origin: FactOrigin;

  @Field(() => String, {
    nullable: true,
    description: 'What learnt it: the name of the model, or "patterns"; null for the user\'s own word.',
  })
  producedBy: string | null;

  @Field(() => Float, {
    description:
      'How sure it is, 0 to 1. Each mention counts: 1 - (1 - a)(1 - b) ... for mentions of certainty a, b ..., at most ' +
      "0.99; 1 for the user's own word.",
  })
  confidence: number;

  @Field({
    description: 'Whether the user pinned it: then nothing takes its place, and it stays without sources.',
  })
  pinned: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was first said.' })
  firstSeen: string;

  @Field(() => DateTimeScalar, { description: 'When it was last said.' })
  lastSeen: string;

  /** The fact that took its place. */
  supersededBy: string | null;

  supersedesId: string | null;
}
