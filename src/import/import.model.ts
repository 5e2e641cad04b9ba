import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';
import { TransferState } from '../progress/transfer-state.model.js';

export enum ImportFormat {
  RECOLLECT = 'RECOLLECT',
  SESSION_JSON = 'SESSION_JSON',
  CHATGPT = 'CHATGPT',
  LOCOMO = 'LOCOMO',
}
registerEnumType(ImportFormat, {
  name: 'ImportFormat',
  description: 'What a file can be that is imported: see docs/import.md.',
  valuesMap: {
    RECOLLECT: { description: 'An export of Recollect as JSON.' },
    SESSION_JSON: {
      description: 'Sessions with `messages`, `metadata` and `stats`: one, a list, or `{"sessions": [...]}`.',
    },
    CHATGPT: {
      description:
        'The `conversations.json` of an export of ChatGPT, or one conversation of it. Its other branches become forks.',
    },
    LOCOMO: { description: 'A file of the LoCoMo set, or one entry of it.' },
  },
});

@ObjectType({ description: 'What became of the things of one kind in the file.' })
export class ImportCount {
  @Field({
    description:
      '"settings", "templates", "sessions", "branches" (what a fork has of other sessions), "interactions", "summaries", ' +
      '"facts", "forgottenFacts" or "usage".',
  })
  kind: string;

  @Field(() => SafeIntScalar, { description: 'How many were made; in a dry run, would be.' })
  created: number;

  @Field(() => SafeIntScalar, {
    description: 'How many are there already, by their id, and were left as they are.',
  })
  existing: number;

  @Field(() => SafeIntScalar, { description: 'How many were refused: `errors` says why.' })
  refused: number;
}

@ObjectType({ description: 'Why something in the file was refused. What is beside it is not affected.' })
export class ImportProblem {
  @Field({ description: 'Where it is in the file, such as `sessions.3.interactions.17.question`.' })
  path: string;

  @Field({ description: 'What is wrong with it.' })
  message: string;
}

@ObjectType({ description: 'A file that is, or was, imported.' })
export class Import {
  @Field(() => UUIDScalar, { description: 'Identifies it.' })
  id: string;

  @Field(() => ImportFormat, {
    nullable: true,
    description: 'What the file is, as it was said or recognised; null until then.',
  })
  format: ImportFormat | null;

  @Field({ description: 'Whether it is only to tell what would become of it.' })
  dryRun: boolean;

  @Field(() => TransferState, {
    description:
      'UPLOADING until the file is there, WAITING, RUNNING; COMPLETED when it was read to its end, whatever was ' +
      'refused; FAILED when it cannot be read on, with the reason last in `errors`; CANCELLED. What was made stays.',
  })
  state: TransferState;

  @Field(() => SafeIntScalar, { description: 'Bytes of the file that have arrived.' })
  receivedBytes: number;

  @Field(() => SafeIntScalar, { description: 'Bytes of the file that have been imported.' })
  readBytes: number;

  @Field(() => [ImportCount], { description: 'What became of what is in the file, by kind.' })
  counts: ImportCount[];

  @Field(() => SafeIntScalar, { description: 'How many things were refused.' })
  errorCount: number;

  @Field(() => [ImportProblem], { description: 'Why, of the first 200, in the order of the file.' })
  errors: ImportProblem[];

  @Field(() => DateTimeScalar, { description: 'When its upload began.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { description: 'When this was so.' })
  updatedAt: string;
}
