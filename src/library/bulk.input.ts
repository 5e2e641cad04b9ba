import { Field, InputType, Int } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, IsInt, IsOptional, Max, Min } from 'class-validator';
import { MAX_TAG_BYTES, MAX_TAGS } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { IsText, Nested, NotNull } from '../common/validation.js';
import { SessionFilterInput } from '../sessions/session-filter.model.js';

const MAX_IDS = 1000;
const MAX_COUNT = 10_000;
const MONTH_SECONDS = 2_592_000;

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

  @Field(() => Int, {
    nullable: true,
    description: `With \`filter\`: how many these are, 0 to ${MAX_COUNT} (\`totalCount\` tells). CONFLICT when there are more or fewer; then nothing is changed.`,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
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

  @Field(() => Int, { nullable: true, description: `Seconds without activity, 1 to ${MONTH_SECONDS}.` })
  @NotNull()
  @IsInt()
  @Min(1)
  @Max(MONTH_SECONDS)
  idleTimeoutSeconds?: number;

  @Field(() => Int, { nullable: true, description: 'Token limit, 100 to 10000000.' })
  @NotNull()
  @IsInt()
  @Min(100)
  @Max(10_000_000)
  tokenLimit?: number;
}

const tags = (description: string): PropertyDecorator =>
  Field(() => [String], {
    nullable: true,
    description: `${description} At most ${MAX_TAGS} of ${MAX_TAG_BYTES} bytes.`,
  });

@InputType({ description: 'Tags to add to sessions and to remove from them.' })
export class BulkTagInput {
  @tags('To add, after those it has.')
  @IsOptional()
  @ArrayMaxSize(MAX_TAGS)
  @IsText({ max: MAX_TAG_BYTES, min: 1 }, { each: true })
  add?: string[] | null;

  @tags('To remove.')
  @IsOptional()
  @ArrayMaxSize(MAX_TAGS)
  @IsText({ max: MAX_TAG_BYTES, min: 1 }, { each: true })
  remove?: string[] | null;
}
