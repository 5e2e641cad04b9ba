import { Field, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, IsOptional } from 'class-validator';
import { IDLE_TIMEOUT, OptionalInteger, Tags, TOKEN_LIMIT } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { Nested, NotNull } from '../common/validation.js';
import { SessionFilterInput } from '../sessions/session-filter.model.js';

const MAX_IDS = 1000;

@InputType({
  description: 'Which sessions a bulk is about: those of `ids`, or those of `filter` with their count.',
})
export class SessionSelectionInput {
  @Field(() => [UUIDScalar], {
    nullable: true,
    description: `These, 1 to ${MAX_IDS}; one that is named twice counts once.`,
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IDS)
  ids?: string[] | null;

  @Field(() => SessionFilterInput, {
    nullable: true,
    description:
      'All that `sessionPage` would list with this filter: without the archive, unless it asks for it.',
  })
  @IsOptional()
  @Nested(() => SessionFilterInput)
  filter?: SessionFilterInput | null;

  @OptionalInteger(
    'With `filter`: how many these are (`totalCount` tells). CONFLICT when there are more or fewer; then nothing is changed.',
    { min: 0, max: 10_000 },
  )
  expectedCount?: number | null;
}

@InputType({ description: 'What to change of each session; what is left out stays.' })
export class BulkUpdateInput {
  @Field(() => Boolean, { nullable: true, description: 'Pin or unpin.' })
  @NotNull()
  pinned?: boolean;

  @Field(() => Boolean, { nullable: true, description: 'Archive, or restore from the archive.' })
  @NotNull()
  archived?: boolean;

  @OptionalInteger('Seconds without activity.', IDLE_TIMEOUT, NotNull)
  idleTimeoutSeconds?: number;

  @OptionalInteger('Token limit.', TOKEN_LIMIT, NotNull)
  tokenLimit?: number;
}

@InputType({ description: 'Tags to add to sessions and to remove from them.' })
export class BulkTagInput {
  @Tags('To add, after those it has.')
  add?: string[] | null;

  @Tags('To remove.')
  remove?: string[] | null;
}
