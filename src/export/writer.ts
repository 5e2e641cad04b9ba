import type { Interaction, Message } from '../interactions/interaction.model.js';
import type { User } from '../users/user.model.js';
import type { BackupPlan } from './account-export.repository.js';
import type { ExportedSession } from './export.repository.js';

/** One interaction with its messages, as the interactions feature tells them. */
export interface Turn {
  interaction: Interaction;
  messages: Message[];
}

/** Whose export it is. */
export interface Owner extends User {
  backupSchedule: BackupPlan | null;
}

/** How a format writes an export, piece by piece: no piece is larger than a page of turns. */
export interface Writer {
  begin(user: Owner): string;
  /** A list of the export: `sessions`, or one of what is not said in a session, which few formats hold. */
  beginList(name: string): string;
  rows(rows: readonly object[]): string;
  endList(): string;
  beginSession(session: ExportedSession): string;
  turns(turns: readonly Turn[]): string;
  endSession(): string;
  end(): string;
}
