import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { countTokens } from '../common/tokens.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { UsersService } from '../users/users.service.js';
import { ContextBuilder } from './context-builder.js';
import { requestOf } from './context.input.js';
import type { ContextReplay, ContextSource } from './context.model.js';
import { messagesOf, messageTokens, systemPrompt, textOf, type Quote } from './context-text.js';
import { namesOf } from './history.js';
import { MemoryRepository, type Turn } from './memory.repository.js';
import { readReceipt, type Receipt, type Reference } from './receipt.js';
import { recentSourcesOf, sourcesOf } from './sources.js';

const LOADER = Symbol('context turns');

type Recalled = Quote & Reference;

/** Tells what was used from what is stored: references, which a deletion makes void. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly builder: ContextBuilder,
    private readonly interactions: InteractionsService,
    private readonly users: UsersService,
  ) {}

  /** The sources of an interaction's context that still exist; none when it stored no receipt. */
  async sourcesOf(
    context: GraphQLContext,
    userId: string,
    interaction: Interaction,
  ): Promise<ContextSource[]> {
    const receipt = readReceipt(interaction.contextUsed);
    if (!receipt) return [];
    const { recalled, recent } = await this.resolve(receipt, (sequences) =>
      this.loader(context, userId).loadMany(sequences),
    );
    return [...sourcesOf(recalled), ...recentSourcesOf(recent)];
  }

  /** The context of an interaction as it was sent, and how it differs from today's; null without a receipt. */
  async replay(userId: string, interactionId: string): Promise<ContextReplay | null> {
    const interaction = await this.interactions.get(userId, interactionId);
    const receipt = readReceipt(interaction.contextUsed);
    if (!receipt) return null;
    const query = interaction.question ?? '';
    const request = requestOf({ ...receipt.arguments, query });
    const [user, { recalled, recent, missing }, today] = await Promise.all([
      this.users.read(userId),
      this.resolve(receipt, (sequences) => this.repository.turnsAt(userId, sequences)),
      this.builder.build(userId, request, Date.now(), interaction.sequence),
    ]);
    const { at: now, mark } = receipt;
    const prompt = systemPrompt(recalled, { now, mark, timeZone: user.timeZone, names: namesOf(user) });
    const messages = messagesOf(recent);
    const sources = [...sourcesOf(recalled), ...recentSourcesOf(recent)];
    return {
      builtAt: new Date(now),
      systemPrompt: prompt,
      messages,
      tokens: (await countTokens(prompt)) + recent.reduce((sum, turn) => sum + messageTokens(turn), 0),
      sources,
      missing,
      today,
      added: without(today.sources, sources),
      removed: without(sources, today.sources),
    };
  }

  private async resolve(
    { recalled, recent }: Receipt,
    read: (sequences: number[]) => Promise<readonly (Turn | Error | null)[]>,
  ): Promise<{ recalled: Recalled[]; recent: Turn[]; missing: number }> {
    const wanted = [...new Set([...recent, ...recalled.map(({ sequence }) => sequence)])];
    const turns = new Map<number, Turn>();
    for (const turn of await read(wanted)) {
      if (turn instanceof Error) throw turn;
      if (turn) turns.set(turn.sequence, turn);
    }
    return {
      recalled: recalled
        .map((reference) => ({ ...reference, turn: turns.get(reference.sequence) }))
        .filter((one): one is Recalled => one.turn !== undefined && textOf(one as Recalled) !== null),
      recent: recent.flatMap((sequence) => turns.get(sequence) ?? []),
      missing: wanted.length - turns.size,
    };
  }

  /** All that the interactions of one request refer to is read in one statement. */
  private loader(context: GraphQLContext, userId: string): DataLoader<number, Turn | null> {
    let loader = context.loaders.get(LOADER) as DataLoader<number, Turn | null> | undefined;
    if (!loader) {
      loader = new DataLoader<number, Turn | null>(async (sequences) => {
        const rows = await this.repository.turnsAt(userId, sequences);
        const found = new Map(rows.map((turn) => [turn.sequence, turn]));
        return sequences.map((sequence) => found.get(sequence) ?? null);
      });
      context.loaders.set(LOADER, loader);
    }
    return loader;
  }
}

function without(sources: readonly ContextSource[], others: readonly ContextSource[]): ContextSource[] {
  const keyOf = ({ id, role }: ContextSource): string => `${id} ${role}`;
  const known = new Set(others.map(keyOf));
  return sources.filter((source) => !known.has(keyOf(source)));
}
