import { registerEnumType } from '@nestjs/graphql';

export enum TransferState {
  UPLOADING = 'UPLOADING',
  WAITING = 'WAITING',
  RUNNING = 'RUNNING',
  COMPLETED = 'COMPLETED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(TransferState, {
  name: 'TransferState',
  description: 'How far an export or import has come.',
  valuesMap: {
    UPLOADING: { description: 'Of an import: the file is on its way, or its upload broke off.' },
    WAITING: { description: 'It has not begun.' },
    RUNNING: { description: 'It is under way.' },
    COMPLETED: { description: 'It went to its end.' },
    FAILED: { description: 'It broke off.' },
    CANCELLED: { description: 'The user stopped it.' },
  },
});

const AT_REST = new Set([TransferState.COMPLETED, TransferState.FAILED, TransferState.CANCELLED]);

/** Whether nothing will happen to it any more. */
export const isAtRest = (state: TransferState): boolean => AT_REST.has(state);
