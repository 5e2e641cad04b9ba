import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConflictError } from '../common/errors.js';
import { redactor } from '../common/redaction.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import { ModelError, type Spent } from '../model/language-model.service.js';
import { UsageKind } from '../usage/usage.model.js';
import { UsageService } from '../usage/usage.service.js';
import { EXTRACTOR, type Extractor, type Mention, type Said } from './extractor.js';
import { FactCategory } from './fact.model.js';
import { LearningRepository, type Unlearnt } from './learning.repository.js';
import { PatternExtractor } from './patterns/pattern-extractor.js';
import { ProfileService } from './profile.service.js';

/** So many new interactions are learnt from before their session ends. */
const DUE_INTERACTIONS = 20;
/** What is read, and sent to a model, in one go. */
const BATCH = 40;
/** Failures of the model in a row after which patterns take its place for the user's interactions of then. */
const MODEL_ATTEMPTS = 5;
const MAX_TEXT = 200;
/** A topic of so many sessions is a theme; how sure one of them makes it. */
const THEME_SESSIONS = 3;
const THEME_CERTAINTY = 0.3;
/** What redaction leaves: a fact without its object is none. */
const REDACTED = /\[(?:secret|card|e-mail|phone)\]/;

/** Learns what users say about themselves, in the background. */
@Injectable()
export class LearningService {
  private readonly logger = new Logger(LearningService.name);
  private readonly patterns = new PatternExtractor();
  private readonly redacted: (text: string) => string;

  constructor(
    private readonly repository: LearningRepository,
    private readonly profiles: ProfileService,
    private readonly commands: Commands,
    private readonly usage: UsageService,
    @Inject(EXTRACTOR) private readonly extractor: Extractor,
    @Inject(CONFIG) config: Config,
  ) {
    this.redacted = redactor(config);
  }

  /** Users whose sessions have ended or who have said much since it was last learnt. */
  due(): Promise<string[]> {
    return this.repository.due(DUE_INTERACTIONS);
  }

  /**
   * Learns from all that a user has said since the last time. Each batch is stored together with how far it reaches, so
   * a failure changes nothing and the next attempt begins where this one failed. Waits for `leisure` before each batch.
   */
  async catchUp(userId: string, attempt: number, leisure: () => Promise<void>): Promise<void> {
    for (;;) {
      await leisure();
      const unlearnt = await this.repository.unlearnt(userId, BATCH);
      if (!unlearnt) return; // deleted meanwhile
      const isLast = unlearnt.turns.length < BATCH;
      const { mentions, producedBy } = await this.extract(userId, unlearnt, attempt);
      if (isLast) mentions.push(...(await this.themes(userId)));
      try {
        await this.commands.run({
          kind: 'learnFacts',
          userId,
          from: unlearnt.learntTo,
          to: unlearnt.turns.at(-1)?.sequence ?? unlearnt.learntTo,
          checkedAt: isLast ? unlearnt.revision : undefined,
          facts: this.storable(mentions, producedBy),
        });
      } catch (error) {
        if (error instanceof ConflictError) return; // another process was faster
        throw error;
      }
      if (isLast) return;
    }
  }

  private async extract(
    userId: string,
    { turns }: Unlearnt,
    attempt: number,
  ): Promise<{ mentions: Mention[]; producedBy: string }> {
    const said: Said[] = turns
      .filter(({ text, speaker, displayName }) => text !== null && isOwn(speaker, displayName))
      .map(({ id, text }) => ({ interactionId: id, text: this.redacted(text) }));
    const producedBy = this.extractor.name;
    const account = async (spent: Spent | null) => {
      if (spent) await this.usage.record(userId, { kind: UsageKind.EXTRACTION, model: producedBy, ...spent });
    };
    try {
      const { mentions, spent } = await this.extractor.extract(said);
      await account(spent);
      return { mentions, producedBy };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      await account(error.spent);
      if (attempt < MODEL_ATTEMPTS) throw error;
      this.logger.warn(`Facts were learnt without the model: ${error.message}.`);
      return { ...(await this.patterns.extract(said)), producedBy: this.patterns.name };
    }
  }

  private async themes(userId: string): Promise<Mention[]> {
    const themes = await this.repository.themes(userId, THEME_SESSIONS);
    return themes.map(({ topic, interactionId }) => ({
      category: FactCategory.RECURRING_THEME,
      text: topic,
      certainty: THEME_CERTAINTY,
      interactionId,
    }));
  }

  private storable(mentions: readonly Mention[], producedBy: string): object[] {
    return mentions
      .map((mention) => ({ ...mention, text: this.redacted(mention.text) }))
      .filter(({ text }) => text.length <= MAX_TEXT && !REDACTED.test(text))
      .map((mention) => ({
        ...this.profiles.stated(mention),
        certainty: mention.certainty,
        interactionId: mention.interactionId,
        producedBy,
      }));
  }
}

/** In a channel of several people only what the user says is about the user. */
function isOwn(speaker: string | null, displayName: string | null): boolean {
  if (!speaker || !displayName) return true;
  const [first] = speaker.trim().toLowerCase().split(/\s+/);
  return displayName.toLowerCase().split(/\s+/).includes(first!);
}
