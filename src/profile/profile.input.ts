import { ArgsType, Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import { Integer, Text } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { NotNull } from '../common/validation.js';
import { FactCategory } from './fact.model.js';

const STATEMENT =
  'The fact, as what follows "The user ...": "Works as a nurse". Keys, passwords and numbers of cards and accounts are redacted.';
const FACT = { max: 500, min: 1 as const };

@InputType({ description: 'A fact by the word of the user.' })
export class AddFactInput {
  @Field(() => FactCategory, { description: 'What it is about.' })
  @IsEnum(FactCategory)
  category: FactCategory;

  @Text(STATEMENT, FACT)
  text: string;

  @Field({ nullable: true, description: 'Whether to pin it; false by default.' })
  @NotNull()
  pinned?: boolean;
}

@InputType({ description: 'What is right in place of what is known.' })
export class CorrectFactInput {
  @Field(() => UUIDScalar, { description: 'The fact that is wrong.' })
  id: string;

  @Text(STATEMENT, FACT)
  text: string;

  @Field(() => FactCategory, { nullable: true, description: 'What it is about; as before when left out.' })
  @IsOptional()
  @IsEnum(FactCategory)
  category?: FactCategory | null;
}

@ArgsType()
export class ProfileArgs {
  @Integer('How many facts of each kind at the most.', { min: 1, max: 100, defaultValue: 20 })
  first: number = 20;
}

@ArgsType()
export class SourcesArgs {
  @Integer('How many at the most.', { min: 1, max: 20, defaultValue: 5 })
  first: number = 5;
}

@ArgsType()
export class UnderstandingArgs {
  @Integer('How many at the most.', { min: 1, max: 100, defaultValue: 20 })
  first: number = 20;
}
