import { ChangeKind } from '../changes/change-kind.model.js';
import type { Change } from '../live/live.service.js';
import type { Interaction, InteractionAddedEvent } from './interaction.model.js';

const ADDED = new Set<string>([
  ChangeKind.INTERACTION_RECORDED,
  ChangeKind.INTERACTION_OPENED,
  ChangeKind.INTERACTION_COMPLETED,
  ChangeKind.INTERACTION_FAILED,
]);

/** Makes of a change the event it is to those who watch a session, or all of them; null when it is none. */
export function interactionAdded(sessionId: string | null | undefined) {
  return (change: Change): InteractionAddedEvent | null => {
    if (!ADDED.has(change.kind) || !change.interaction) return null;
    if (sessionId && change.sessionId !== sessionId) return null;
    return {
      revision: change.revision,
      kind: change.kind as ChangeKind,
      interaction: change.interaction as Interaction,
    };
  };
}
