import { Field, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';
import { Fact, FactCategory } from './fact.model.js';

/** The field of the profile that shows the facts of a category. */
const FIELDS: Record<FactCategory, string> = {
  INTEREST: 'interests',
  TRAIT: 'traits',
  COMMUNICATION_STYLE: 'communicationStyle',
  MOOD_PATTERN: 'moodPattern',
  GOAL: 'goals',
  VALUE: 'values',
  PREFERENCE: 'preferences',
  DISLIKE: 'dislikes',
  RELATIONSHIP: 'relationships',
  IMPORTANT_PERSON: 'importantPeople',
  OCCUPATION: 'occupation',
  LOCATION: 'location',
  LIFE_EVENT: 'lifeEvents',
  CHALLENGE: 'challenges',
  MILESTONE: 'milestones',
  RECURRING_THEME: 'recurringThemes',
};

const facts = (description: string): PropertyDecorator => Field(() => [Fact], { description });

@ObjectType({
  description:
    'What is known of the user from all sessions. Of each kind the facts in force, pinned ones first, then the surest, ' +
    'of these the newest first.',
})
export class Profile {
  @facts('What they like to do.')
  interests: Fact[];

  @facts('What they are like.')
  traits: Fact[];

  @facts('How they want to be talked to.')
  communicationStyle: Fact[];

  @facts('How they tend to feel.')
  moodPattern: Fact[];

  @facts('What they want to reach.')
  goals: Fact[];

  @facts('What matters to them.')
  values: Fact[];

  @facts('What they like.')
  preferences: Fact[];

  @facts('What they do not like.')
  dislikes: Fact[];

  @facts('How they live with others.')
  relationships: Fact[];

  @facts('People by name.')
  importantPeople: Fact[];

  @facts('What they work as, and where. A newer one takes the place of an older one.')
  occupation: Fact[];

  @facts('Where they live, and come from. A newer one takes the place of an older one.')
  location: Fact[];

  @facts('What happened to them.')
  lifeEvents: Fact[];

  @facts('What they struggle with.')
  challenges: Fact[];

  @facts('What they achieved.')
  milestones: Fact[];

  @facts('What their sessions come back to.')
  recurringThemes: Fact[];

  @Field(() => [String], { description: 'The topics of the newest session whose topics are known.' })
  conversationTheme: string[];

  @Field(() => Int, {
    description:
      'How well the user is known, 0 to 100: 100 (1 - e^-x) with x = sessions / 25 + messages / 500 + confidence of all ' +
      'facts in force / 30.',
  })
  understandingLevel: number;

  @Field(() => Int, { description: 'Sessions with at least one interaction.' })
  totalSessions: number;

  @Field(() => SafeIntScalar, { description: 'What the user said and what was answered, as messages.' })
  totalMessages: number;

  lastSessionId: string | null;
}

@ObjectType({ description: 'How well the user was known when a session had ended.' })
export class UnderstandingLevel {
  @Field(() => UUIDScalar, { description: 'The session.' })
  sessionId: string;

  @Field(() => Int, { description: 'The level, 0 to 100, as `Profile.understandingLevel`.' })
  level: number;

  @Field(() => DateTimeScalar, { description: 'When the session ended.' })
  reachedAt: string;
}

/** What the profile holds beside its facts. */
export type ProfileTotals = Pick<
  Profile,
  'conversationTheme' | 'understandingLevel' | 'totalSessions' | 'totalMessages' | 'lastSessionId'
>;

export function profileOf(totals: ProfileTotals, all: readonly Fact[]): Profile {
  const byField = Object.entries(FIELDS).map(([category, field]) => [
    field,
    all.filter((fact) => (fact.category as string) === category),
  ]);
  return { ...totals, ...(Object.fromEntries(byField) as Omit<Profile, keyof ProfileTotals>) };
}
