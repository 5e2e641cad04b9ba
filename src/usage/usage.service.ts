import { channel } from 'node:diagnostics_channel';
import { Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { BadUserInputError, UnauthenticatedError } from '../common/errors.js';
import { Commands, type Command } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { UsageArgs } from './usage.input.js';
import { usageLoader } from './usage.loader.js';
import type { TokenUsage, UsageGroup, UsageKind } from './usage.model.js';
import { UsageRepository } from './usage.repository.js';

/** One call of a model. */
interface ModelUse {
  kind: UsageKind;
  model: string;
  promptTokens: number;
  answerTokens: number;
  /** What it was for, as far as it was for one of them; the session of an interaction is known. */
  sessionId?: string;
  interactionId?: string;
}

/** Published on `recollect:model-use`. */
export type ModelUseEvent = Pick<ModelUse, 'kind' | 'model' | 'promptTokens' | 'answerTokens'>;

const MAX_GROUPS = 1000;
const used = channel('recollect:model-use');

/** The ledger of the tokens that models took: whoever calls one says so here. */
@Injectable()
export class UsageService {
  private readonly logger = new Logger(UsageService.name);

  constructor(
    private readonly repository: UsageRepository,
    private readonly commands: Commands,
  ) {}

  /** Never throws: what a model did is not lost because it could not be counted. */
  async record(userId: string, use: ModelUse): Promise<void> {
    try {
      await this.commands.run(this.command(userId, use));
    } catch (error) {
      if (error instanceof UnauthenticatedError) return; // the user is gone, and the ledger with them
      this.logger.warn(`The use of a model was not recorded: ${(error as Error).message}`);
    }
  }

  /** The command that records it, for those who store what the model made in the same transaction. */
  command(userId: string, { kind, ...use }: ModelUse): Command {
    used.publish({ kind, ...use } satisfies ModelUseEvent);
    return { kind: 'recordUsage', userId, id: uuidv7(), usageKind: kind, ...use };
  }

  grouped(userId: string, { from, to, groupBy }: UsageArgs): Promise<UsageGroup[]> {
    const end = to ?? new Date();
    if (to && to < from) throw new BadUserInputError({ to: ['must not be before from'] });
    return this.repository.grouped(userId, from, end, groupBy, MAX_GROUPS);
  }

  ofInteraction(context: GraphQLContext, userId: string, interactionId: string): Promise<TokenUsage> {
    return usageLoader(context, (ids) => this.repository.ofInteractions(userId, ids)).load(interactionId);
  }
}
