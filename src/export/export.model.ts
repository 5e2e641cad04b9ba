import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar } from '../common/scalars.js';

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
    MARKDOWN: { description: 'To be read: a chapter for each session.' },
    CSV: {
      description:
        'A row for each message, for spreadsheets: what would be taken for a formula is preceded by an apostrophe.',
    },
  },
});

@ObjectType({ description: 'Where an export can be fetched.' })
export class ExportTicket {
  @Field({ description: 'A path of this server, good for one GET without a token. Whoever has it can read.' })
  path: string;

  @Field(() => DateTimeScalar, { description: 'Until when the GET must have begun: five minutes from now.' })
  expiresAt: string;
}
