import { ArgsType, Field, Int } from '@nestjs/graphql';
import { IsBoolean, IsEnum, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
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
  @Field(() => Int, { defaultValue: 20, description: 'How many, 1 to 100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;
}
