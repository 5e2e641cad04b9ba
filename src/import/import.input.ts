import { ArgsType } from '@nestjs/graphql';
import { IsBoolean, IsEnum, IsInt, IsOptional, IsUUID, Min } from 'class-validator';
import { Integer } from '../common/input-fields.js';
import { ImportFormat } from './import.model.js';

/** What is said in the address of an upload. */
export class UploadInput {
  /** An id of the client's own makes the upload safe to repeat and to go on with. */
  @IsOptional()
  @IsUUID('all')
  id?: string;

  /** Recognised when it is left out. */
  @IsOptional()
  @IsEnum(ImportFormat)
  format?: ImportFormat;

  @IsBoolean()
  dryRun: boolean;

  /** The byte of the file that the body begins with. */
  @IsInt()
  @Min(0)
  offset: number;
}

@ArgsType()
export class ImportsArgs {
  @Integer('How many.', { min: 1, max: 100, defaultValue: 20 })
  limit: number = 20;
}
