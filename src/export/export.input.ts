import { Field, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsEnum, IsOptional, IsUUID } from 'class-validator';
import { UUIDScalar } from '../common/scalars.js';
import { ExportFormat } from './export.model.js';

const MAX_SESSIONS = 1000;

@InputType({ description: 'What to export, and how.' })
export class ExportInput {
  @Field(() => ExportFormat, { description: 'The form of the file.' })
  @IsEnum(ExportFormat)
  format: ExportFormat;

  @Field(() => [UUIDScalar], {
    nullable: true,
    description:
      `The sessions, 1 to ${MAX_SESSIONS}, in this order; all of the user's, oldest first, by default. Forks come after what ` +
      'they are forks of. NOT_FOUND when one of them does not exist.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SESSIONS)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  sessionIds?: string[] | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'Only the sessions after this one, in the same order: the rest of an export that broke off behind it, as a file ' +
      'of its own. NOT_FOUND when it does not exist, or is not among `sessionIds`.',
  })
  @IsOptional()
  @IsUUID('all')
  afterSessionId?: string | null;
}
