import { Inject, Injectable } from '@nestjs/common';
import { BadUserInputError, NotFoundError } from '../common/errors.js';
import { redactor } from '../common/redaction.js';
import { uuidv7 } from '../common/uuid.js';
import { CONFIG, type Config } from '../config/config.js';
import { deriveKey, SECRET } from '../config/secret.js';
import { Commands } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { factLoader } from './fact.loader.js';
import type { Fact } from './fact.model.js';
import type { AddFactInput, CorrectFactInput } from './profile.input.js';
import { profileOf, type Profile, type UnderstandingLevel } from './profile.model.js';
import { ProfileRepository } from './profile.repository.js';
import { digestsOf, keyOf, slotOf, type Statement } from './statement-key.js';

@Injectable()
export class ProfileService {
  private readonly secret: Buffer;
  private readonly redacted: (text: string) => string;

  constructor(
    private readonly repository: ProfileRepository,
    private readonly commands: Commands,
    @Inject(SECRET) secret: Buffer,
    @Inject(CONFIG) config: Config,
  ) {
    this.secret = deriveKey(secret, 'forgotten facts');
    this.redacted = redactor(config);
  }

  async get(userId: string, id: string): Promise<Fact> {
    const [fact] = await this.repository.byIds(userId, [id]);
    if (!fact) throw new NotFoundError('Fact');
    return fact;
  }

  async profile(userId: string, limit: number): Promise<Profile> {
    const [totals, facts] = await Promise.all([
      this.repository.totals(userId),
      this.repository.inForce(userId, limit),
    ]);
    return profileOf({ ...totals, conversationTheme: totals.conversationTheme.map(this.redacted) }, facts);
  }

  levels(userId: string, limit: number): Promise<UnderstandingLevel[]> {
    return this.repository.levels(userId, limit);
  }

  async supersededBy(context: GraphQLContext, userId: string, { supersedesId }: Fact): Promise<Fact | null> {
    if (!supersedesId) return null;
    const loader = factLoader(context, 'superseded', async (ids) => {
      const found = new Map((await this.repository.byIds(userId, ids)).map((fact) => [fact.id, fact]));
      return (id) => found.get(id) ?? null;
    });
    return loader.load(supersedesId);
  }

  sources(context: GraphQLContext, userId: string, { id }: Fact, limit: number): Promise<Interaction[]> {
    const loader = factLoader<Interaction[]>(context, `sources ${limit}`, async (ids) => {
      const found = Map.groupBy(await this.repository.sources(userId, ids, limit), ({ factId }) => factId);
      return (factId) => found.get(factId) ?? [];
    });
    return loader.load(id);
  }

  async add(userId: string, { category, text, pinned }: AddFactInput): Promise<Fact> {
    const stated = this.stated({ category, text: this.clean(text) });
    await this.commands.run({ kind: 'addFact', userId, pinned: pinned ?? false, ...stated });
    return this.byStatement(userId, stated);
  }

  async correct(userId: string, { id, category, text }: CorrectFactInput): Promise<Fact> {
    const wrong = await this.get(userId, id);
    const stated = this.stated({ category: category ?? wrong.category, text: this.clean(text) });
    await this.commands.run({ kind: 'correctFact', userId, wrongId: id, ...stated });
    return this.byStatement(userId, stated);
  }

  /** Null when the fact went with its pin, which alone had held it. */
  async pin(userId: string, id: string, pinned: boolean): Promise<Fact | null> {
    await this.commands.run({ kind: 'pinFact', userId, id, pinned });
    const [fact] = await this.repository.byIds(userId, [id]);
    return fact ?? null;
  }

  async forget(userId: string, id: string): Promise<string> {
    const forgotten = await this.repository.chain(userId, id);
    if (forgotten.length === 0) throw new NotFoundError('Fact');
    await this.commands.run({
      kind: 'forgetFact',
      userId,
      id,
      forgotten: forgotten.map((fact) => ({
        id: fact.id,
        category: fact.category,
        digests: digestsOf(fact.key, this.secret),
      })),
    });
    return id;
  }

  /** A statement as the commands store it. */
  stated(statement: Statement) {
    const key = keyOf(statement.text);
    return {
      id: uuidv7(),
      category: statement.category,
      text: statement.text,
      key,
      slot: slotOf(statement, key) ?? undefined,
      digests: digestsOf(key, this.secret),
    };
  }

  private async byStatement(
    userId: string,
    { category, key }: ReturnType<ProfileService['stated']>,
  ): Promise<Fact> {
    const fact = await this.repository.byStatement(userId, category, key);
    if (!fact) throw new NotFoundError('Fact'); // forgotten again meanwhile
    return fact;
  }

  private clean(text: string): string {
    const clean = this.redacted(text)
      .replace(/[\p{C}\p{Z}]+/gu, ' ')
      .trim();
    if (clean === '') throw new BadUserInputError({ 'input.text': ['must not be empty'] });
    return clean;
  }
}
