import { Field, InputType } from '@nestjs/graphql';
import { IsOptional, IsString, MaxLength } from 'class-validator';

const MAX_TEXT = 1024 * 1024;

@InputType()
export class RecordInteractionInput {
  @Field()
  @IsString()
  @MaxLength(MAX_TEXT)
  question: string;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  answer?: string;
}
