import { Field, InputType, registerEnumType } from '@nestjs/graphql';
import { IsEnum } from 'class-validator';
import { NAME, OptionalText, Tags } from '../common/input-fields.js';
import { DateTimeScalar, UUIDScalar } from '../common/scalars.js';
import { NotNull } from '../common/validation.js';
import { SessionPrivacy, SessionType } from './session.model.js';

const flag = (description: string): PropertyDecorator =>
  Field(() => Boolean, { nullable: true, description });

@InputType({
  description: 'Which sessions. All conditions hold together; those left out, or null, do not restrict.',
})
export class SessionFilterInput {
  @flag('Only active ones, or only ended ones.')
  active?: boolean | null;

  @Field(() => SessionType, { nullable: true, description: 'Only of this type.' })
  type?: SessionType | null;

  @OptionalText('Only of this scope; "" is the default scope.', NAME)
  scope?: string | null;

  @Field(() => SessionPrivacy, {
    nullable: true,
    description: 'Only of this privacy. With the scope of a group, GROUP is what may be shown there.',
  })
  privacy?: SessionPrivacy | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those started then or later.' })
  startedFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those started before then.' })
  startedBefore?: Date | null;

  @Field(() => UUIDScalar, { nullable: true, description: 'Only of this project.' })
  projectId?: string | null;

  @OptionalText('Only of this channel.', NAME)
  channel?: string | null;

  @flag('Only pinned ones, or only those that are not.')
  pinned?: boolean | null;

  @flag(
    'Only archived ones, or only those that are not. Left out, lists leave archived ones out; null is both.',
  )
  archived?: boolean | null;

  @flag('Only those with errors, or only those without.')
  hasErrors?: boolean | null;

  @Tags('Only those that have all of these tags.')
  tagsAll?: string[] | null;

  @Tags('Only those that have at least one of these tags.')
  tagsAny?: string[] | null;

  @OptionalText(
    'Only those whose title (the first 100 characters) and tags hold all of these words, or parts of words, whatever ' +
      'their case and accents. What was said is found by `searchSessions`.',
    NAME,
  )
  text?: string | null;
}

export enum SessionSort {
  STARTED = 'STARTED',
  LAST_ACTIVITY = 'LAST_ACTIVITY',
  DURATION = 'DURATION',
  MESSAGES = 'MESSAGES',
  TITLE = 'TITLE',
}
registerEnumType(SessionSort, {
  name: 'SessionSort',
  description: 'What sessions are sorted by; those that are equal in it by their ids.',
  valuesMap: {
    STARTED: { description: 'By when they began.' },
    LAST_ACTIVITY: { description: 'By when something last happened in them.' },
    DURATION: { description: 'By `durationSeconds`.' },
    MESSAGES: { description: 'By the number of messages of all roles.' },
    TITLE: { description: 'By the first 100 characters of the title, without case and accents; none is "".' },
  },
});

export enum SortDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(SortDirection, {
  name: 'SortDirection',
  description: 'Which end of an order comes first.',
  valuesMap: {
    ASC: { description: 'The least, earliest or first in the alphabet.' },
    DESC: { description: 'The most, latest or last in the alphabet.' },
  },
});

@InputType({ description: 'The order of a list of sessions.' })
export class SessionSortInput {
  @Field(() => SessionSort, { defaultValue: SessionSort.STARTED, description: 'By what.' })
  @NotNull()
  @IsEnum(SessionSort)
  by: SessionSort = SessionSort.STARTED;

  @Field(() => SortDirection, {
    nullable: true,
    description: 'Which end comes first; left out, ASC for titles and DESC for all else.',
  })
  direction?: SortDirection | null;
}

/** What lists show when they are not asked for the archive. */
export function outsideArchive(filter: SessionFilterInput | null | undefined): SessionFilterInput {
  return { archived: false, ...filter };
}

/** The filter as session_matches() reads it. */
export function conditionsOf({ text, ...conditions }: SessionFilterInput) {
  return { ...conditions, patterns: patternsOf(text) };
}

/** One LIKE pattern for each word, as folded() makes them. */
function patternsOf(text: string | null | undefined): string[] | null {
  const folded = text
    ?.normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  const words = folded?.split(/\s+/).filter(Boolean) ?? [];
  return words.length > 0 ? words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`) : null;
}
