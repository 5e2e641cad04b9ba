import type { Change } from '../live/live.service.js';
import type { ChangeKind } from '../changes/change-kind.model.js';
import type { Session, SessionChangedEvent } from './session.model.js';

/** The event a change is to those who watch sessions, or null. */
export function sessionChanged(change: Change): SessionChangedEvent | null {
  if (!change.kind.startsWith('SESSION_')) return null;
  return {
    revision: change.revision,
    kind: change.kind as ChangeKind,
    sessionId: change.sessionId!,
    session: change.session as Session | null,
  };
}
