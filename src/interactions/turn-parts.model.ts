import { Field, InputType } from '@nestjs/graphql';
import { ErrorCode, NAME, OptionalJson, OptionalText, Text } from '../common/input-fields.js';

/** Why a turn got no answer, whoever tells it. */
@InputType({ isAbstract: true })
export class Failure {
  @Text('What went wrong.', { min: 1 })
  error: string;

  @ErrorCode()
  errorCode?: string | null;

  @OptionalText('The part of the answer there was.')
  answer?: string | null;
}

/** A call of a tool, whoever tells it. */
@InputType({ isAbstract: true })
export class ToolCall {
  @Text('The tool.', { ...NAME, min: 1 })
  toolName: string;

  @OptionalJson('What it was called with.')
  arguments?: Record<string, unknown> | null;

  @OptionalText('What it returned.')
  result?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the call failed; false by default.' })
  isError?: boolean | null;
}
