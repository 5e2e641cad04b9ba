import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';
import { TransferState } from '../progress/transfer-state.model.js';

export enum ExportFormat {
  JSON = 'JSON',
  JSONL = 'JSONL',
  MARKDOWN = 'MARKDOWN',
  CSV = 'CSV',
}
registerEnumType(ExportFormat, {
  name: 'ExportFormat',
  description: 'The form of an export. All are UTF-8.',
  valuesMap: {
    JSON: {
      description: 'Everything, in the documented form `recollect-export` version 1: see docs/export.md.',
    },
    JSONL: {
      description:
        'For fine-tuning of chat models: a line for each session, `{"messages": [{"role", "content"}, ...]}`, of what user and assistant said.',
    },
    MARKDOWN: { description: 'To be read: a chapter for each session, with what was said as quotations.' },
    CSV: {
      description:
        'A row for each message, for spreadsheets: what would be taken for a formula is preceded by an apostrophe.',
    },
  },
});

@ObjectType({ description: 'Where an export can be fetched.' })
export class ExportTicket {
  @Field(() => UUIDScalar, { description: 'The export, to watch its progress by.' })
  id: string;

  @Field({ description: 'A path of this server, good for one GET without a token. Whoever has it can read.' })
  path: string;

  @Field(() => DateTimeScalar, { description: 'Until when the GET must have begun: five minutes from now.' })
  expiresAt: string;
}

@ObjectType({ description: 'How far an export has come that was asked for with `createExport`.' })
export class Export {
  @Field(() => UUIDScalar, { description: 'Identifies it.' })
  id: string;

  @Field(() => TransferState, {
    description:
      'WAITING until somebody fetches it, RUNNING, then COMPLETED when its last byte was sent, or FAILED when the ' +
      'connection broke off, or the process.',
  })
  state: TransferState;

  @Field(() => Int, { description: 'How many sessions it is of; 0 while it waits.' })
  sessionsTotal: number;

  @Field(() => Int, { description: 'How many of them have been sent.' })
  sessionsDone: number;

  @Field(() => SafeIntScalar, { description: 'How many interactions these sessions had when it began.' })
  interactionsTotal: number;

  @Field(() => SafeIntScalar, { description: 'How many of them have been sent.' })
  interactionsDone: number;

  @Field(() => SafeIntScalar, { description: 'Bytes that have been sent.' })
  bytes: number;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { description: 'When this was so.' })
  updatedAt: string;
}
