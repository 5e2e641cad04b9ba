import { Injectable } from '@nestjs/common';
import { BadUserInputError } from '../common/errors.js';
import { Commands } from '../database/commands.js';
import type { ItemError } from '../interactions/interaction.model.js';
import { conditionsOf, outsideArchive } from '../sessions/session-filter.model.js';
import { MAX_TAGS } from '../common/input-fields.js';
import type { BulkTagInput, BulkUpdateInput, SessionSelectionInput } from './bulk.input.js';
import type { BulkSessionsResult } from './bulk.model.js';

/** What the database tells of one session. */
interface Item {
  sessionId: string;
  changed: boolean;
  code: 'NOT_FOUND' | 'BAD_USER_INPUT' | null;
}

/** Changes many sessions in one statement and one transaction. */
@Injectable()
export class BulkService {
  constructor(private readonly commands: Commands) {}

  update(
    userId: string,
    selection: SessionSelectionInput,
    changes: BulkUpdateInput,
  ): Promise<BulkSessionsResult> {
    return this.run('bulkUpdateSessions', userId, selection, changes);
  }

  tag(
    userId: string,
    selection: SessionSelectionInput,
    { add, remove }: BulkTagInput,
  ): Promise<BulkSessionsResult> {
    if (add?.some((tag) => remove?.includes(tag))) {
      throw new BadUserInputError({ 'tags.remove': ['must not hold what is to be added'] });
    }
    return this.run('bulkTagSessions', userId, selection, {
      add: add ?? [],
      remove: remove ?? [],
      most: MAX_TAGS,
    });
  }

  end(userId: string, selection: SessionSelectionInput): Promise<BulkSessionsResult> {
    return this.run('bulkEndSessions', userId, selection, {});
  }

  delete(userId: string, selection: SessionSelectionInput): Promise<BulkSessionsResult> {
    return this.run('bulkDeleteSessions', userId, selection, {});
  }

  /** Beside the batches, which would wait for what may take seconds. */
  private async run(
    kind: string,
    userId: string,
    selection: SessionSelectionInput,
    changes: object,
  ): Promise<BulkSessionsResult> {
    const { detail } = await this.commands.runLong({ ...changes, ...chosen(selection), kind, userId });
    const items = (detail as Item[] | null) ?? [];
    return {
      changed: items.filter(({ changed }) => changed).length,
      items: items.map(({ code, ...item }) => ({ ...item, error: code && errorOf(code) })),
    };
  }
}

function chosen({ ids, filter, expectedCount }: SessionSelectionInput): object {
  if ((ids == null) === (filter == null)) {
    throw new BadUserInputError({ selection: ['must have either ids or filter'] });
  }
  if ((filter == null) !== (expectedCount == null)) {
    throw new BadUserInputError({ 'selection.expectedCount': ['must be given with filter, and only then'] });
  }
  return ids != null
    ? { ids: [...new Set(ids)] }
    : { filter: conditionsOf(outsideArchive(filter)), count: expectedCount };
}

function errorOf(code: 'NOT_FOUND' | 'BAD_USER_INPUT'): ItemError {
  return code === 'NOT_FOUND'
    ? { code, message: 'Session not found.', fields: null }
    : {
        code,
        message: `A session has at most ${MAX_TAGS} tags.`,
        fields: { 'tags.add': ['would be too many for this session'] },
      };
}
