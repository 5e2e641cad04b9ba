import { registerEnumType } from '@nestjs/graphql';

export enum ChangeKind {
  SESSION_STARTED = 'SESSION_STARTED',
  SESSION_UPDATED = 'SESSION_UPDATED',
  SESSION_ENDED = 'SESSION_ENDED',
  SESSION_RESUMED = 'SESSION_RESUMED',
  SESSION_CLEARED = 'SESSION_CLEARED',
  SESSION_DELETED = 'SESSION_DELETED',
  INTERACTION_RECORDED = 'INTERACTION_RECORDED',
  INTERACTION_OPENED = 'INTERACTION_OPENED',
  INTERACTION_COMPLETED = 'INTERACTION_COMPLETED',
  INTERACTION_FAILED = 'INTERACTION_FAILED',
  INTERACTION_UPDATED = 'INTERACTION_UPDATED',
  INTERACTION_DELETED = 'INTERACTION_DELETED',
  USER_UPDATED = 'USER_UPDATED',
  SUMMARY_CREATED = 'SUMMARY_CREATED',
  SUMMARY_UPDATED = 'SUMMARY_UPDATED',
  SUMMARY_REVERTED = 'SUMMARY_REVERTED',
}
registerEnumType(ChangeKind, {
  name: 'ChangeKind',
  description: 'What one step of the revision did.',
  valuesMap: {
    SESSION_STARTED: { description: 'A session began.' },
    SESSION_UPDATED: { description: 'Title, tags, pin, metadata, limits or state of a session changed.' },
    SESSION_ENDED: { description: 'A session ended; its `endReason` says why.' },
    SESSION_RESUMED: { description: 'An ended session became active again.' },
    SESSION_CLEARED: { description: 'All interactions of a session were deleted; the session stays.' },
    SESSION_DELETED: { description: 'A session was deleted with everything in it.' },
    INTERACTION_RECORDED: { description: 'A whole interaction was stored.' },
    INTERACTION_OPENED: {
      description: 'A question was stored, or is answered once more; its answer is pending.',
    },
    INTERACTION_COMPLETED: { description: 'A pending interaction got its answer.' },
    INTERACTION_FAILED: { description: 'A pending interaction failed.' },
    INTERACTION_UPDATED: { description: 'Steps, metadata or feedback of an interaction changed.' },
    INTERACTION_DELETED: {
      description: 'An interaction was deleted, and with it the summaries that cover it.',
    },
    USER_UPDATED: { description: 'The user changed their settings.' },
    SUMMARY_CREATED: {
      description: 'A summary of a session was stored; others may have been folded into it.',
    },
    SUMMARY_UPDATED: { description: 'A summary of a session was pinned or unpinned.' },
    SUMMARY_REVERTED: { description: 'A summary of a session was taken out of force.' },
  },
});
