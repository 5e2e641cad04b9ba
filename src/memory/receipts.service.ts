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
import { factTokens, messagesOf, messageTokens, systemPrompt, textOf, type Quote } from './context-text.js';
import { namesOf } from './history.js';
import { NotesRepository } from './notes.repository.js';
import { MemoryRepository, type KnownFact, type Turn } from './memory.repository.js';
import { RecalledSummariesRepository, type RecalledSummary } from './recalled-summaries.repository.js';
import { readReceipt, type Receipt, type Reference } from './receipt.js';
import { factSourcesOf, recentSourcesOf, sourcesOf, summarySourcesOf } from './sources.js';
import { noteMessages, noteSourcesOf, noteTokens, type SystemNote } from './system-note.js';

const TURNS = Symbol('context turns');
const SUMMARIES = Symbol('context summaries');
const FACTS = Symbol('context facts');
const NOTES = Symbol('context system notes');

type Recalled = Quote & Reference;

/** Where what a receipt refers to is read from; what is gone is missing or null. */
interface Origin {
  facts(ids: string[]): Promise<readonly (KnownFact | Error | null)[]>;
  turns(sequences: number[]): Promise<readonly (Turn | Error | null)[]>;
  summaries(ids: string[]): Promise<readonly (RecalledSummary | Error | null)[]>;
  notes(sequences: number[]): Promise<readonly (SystemNote | Error | null)[]>;
}

interface Resolved {
  facts: (KnownFact & { tokens: number })[];
  summaries: (RecalledSummary & { score: number })[];
  recalled: Recalled[];
  recent: Turn[];
  note: SystemNote | null;
  missing: number;
}

/** Tells what was used from what is stored: references, which a deletion makes void. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly repository: MemoryRepository,
    private readonly summaries: RecalledSummariesRepository,
    private readonly notes: NotesRepository,
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
    const turns = loader(context, TURNS, (sequences: readonly number[]) =>
      this.repository
        .turnsAt(userId, sequences)
        .then(({ rows }) => indexed(rows, ({ sequence }) => sequence)),
    );
    const summaries = loader(context, SUMMARIES, (ids: readonly string[]) =>
      this.summaries.byIds(userId, ids).then((rows) => indexed(rows, ({ id }) => id)),
    );
    const facts = loader(context, FACTS, (ids: readonly string[]) =>
      this.repository.factsBy(userId, ids).then((rows) => indexed(rows, ({ id }) => id)),
    );
    const notes = loader(context, NOTES, (sequences: readonly number[]) =>
      this.notes.at(userId, sequences).then((rows) => indexed(rows, ({ sequence }) => sequence)),
    );
    return allSources(
      await resolve(receipt, {
        facts: (ids) => facts.loadMany(ids),
        turns: (sequences) => turns.loadMany(sequences),
        summaries: (ids) => summaries.loadMany(ids),
        notes: (sequences) => notes.loadMany(sequences),
      }),
    );
  }

  /** The context of an interaction as it was sent, and how it differs from today's; null without a receipt. */
  async replay(userId: string, interactionId: string): Promise<ContextReplay | null> {
    const interaction = await this.interactions.get(userId, interactionId);
    const receipt = readReceipt(interaction.contextUsed);
    if (!receipt) return null;
    const query = interaction.question ?? '';
    const request = requestOf({ ...receipt.arguments, query });
    const [user, resolved, today] = await Promise.all([
      this.users.read(userId),
      resolve(receipt, {
        facts: (ids) => this.repository.factsBy(userId, ids),
        turns: async (sequences) => (await this.repository.turnsAt(userId, sequences)).rows,
        summaries: (ids) => this.summaries.byIds(userId, ids),
        notes: (sequences) => this.notes.at(userId, sequences),
      }),
      this.builder.build(userId, request, Date.now(), interaction.sequence),
    ]);
    const { at: now, mark } = receipt;
    const { facts, summaries, recalled: quotes, recent, note, missing } = resolved;
    const frame = { now, mark, timeZone: user.timeZone, names: namesOf(user) };
    const prompt = systemPrompt({ facts, summaries, quotes }, frame);
    const messages = [...noteMessages(note), ...messagesOf(recent)];
    const sources = allSources(resolved);
    return {
      builtAt: new Date(now),
      systemPrompt: prompt,
      messages,
      tokens:
        noteTokens(note) +
        (await countTokens(prompt)) +
        recent.reduce((sum, turn) => sum + messageTokens(turn), 0),
      sources,
      missing,
      today,
      added: without(today.sources, sources),
      removed: without(sources, today.sources),
    };
  }
}

function allSources({ facts, summaries, recalled, recent, note }: Resolved): ContextSource[] {
  return [
    ...factSourcesOf(facts),
    ...sourcesOf(recalled),
    ...summarySourcesOf(summaries),
    ...recentSourcesOf(recent),
    ...noteSourcesOf(note),
  ];
}

async function resolve(receipt: Receipt, origin: Origin): Promise<Resolved> {
  const { facts, summaries, recalled, recent } = receipt;
  const wanted = [...new Set([...recent, ...recalled.map(({ sequence }) => sequence)])];
  const [foundFacts, foundTurns, foundSummaries, [note = null]] = await Promise.all([
    origin.facts(facts).then(existing),
    origin.turns(wanted).then(existing),
    origin.summaries(summaries.map(({ id }) => id)).then(existing),
    origin.notes(receipt.note === null ? [] : [receipt.note]).then(existing),
  ]);
  const turns = indexed(foundTurns, ({ sequence }) => sequence);
  const byId = indexed(foundSummaries, ({ id }) => id);
  const known = indexed(foundFacts, ({ id }) => id);
  const stillKnown = facts.flatMap((id) => known.get(id) ?? []);
  return {
    facts: await Promise.all(stillKnown.map(async (fact) => ({ ...fact, tokens: await factTokens(fact) }))),
    summaries: summaries.flatMap(({ id, score }) => {
      const summary = byId.get(id);
      return summary ? [{ ...summary, score }] : [];
    }),
    recalled: recalled
      .map((reference) => ({ ...reference, turn: turns.get(reference.sequence) }))
      .filter((one): one is Recalled => one.turn !== undefined && textOf(one as Recalled) !== null),
    recent: recent.flatMap((sequence) => turns.get(sequence) ?? []),
    note,
    missing:
      wanted.length -
      turns.size +
      (summaries.length - byId.size) +
      (facts.length - known.size) +
      Number(receipt.note !== null && note === null),
  };
}

function existing<T>(rows: readonly (T | Error | null)[]): T[] {
  return rows.flatMap((row) => {
    if (row instanceof Error) throw row;
    return row === null ? [] : [row];
  });
}

function indexed<K, T>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** All that the interactions of one request refer to is read in one statement. */
function loader<K, T>(
  { loaders }: GraphQLContext,
  key: symbol,
  read: (keys: readonly K[]) => Promise<ReadonlyMap<K, T>>,
): DataLoader<K, T | null> {
  let known = loaders.get(key) as DataLoader<K, T | null> | undefined;
  if (!known) {
    known = new DataLoader<K, T | null>(async (keys) => {
      const found = await read(keys);
      return keys.map((one) => found.get(one) ?? null);
    });
    loaders.set(key, known);
  }
  return known;
}

function without(sources: readonly ContextSource[], others: readonly ContextSource[]): ContextSource[] {
  const keyOf = ({ id, role }: ContextSource): string => `${id} ${role}`;
  const known = new Set(others.map(keyOf));
  return sources.filter((source) => !known.has(keyOf(source)));
}
