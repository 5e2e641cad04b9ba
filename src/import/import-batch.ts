import { countTokens } from '../common/tokens.js';
import type { Config } from '../config/config.js';
import type { ProfileService } from '../profile/profile.service.js';
import { MOST_TEMPLATES } from '../templates/templates.service.js';
import type { Item } from './import-reader.js';
import type { PortableInteraction, PortableSession, PortableSettings, PortableTemplate } from './portable.js';

const MOST_ITEMS = 100;
const MOST_CHARACTERS = 512 * 1024;

interface StoredItem {
  kind: string;
  /** Under which it is counted. */
  what?: string;
  path: string;
  sessionId?: string;
  value: object;
}

/** Items of one kind and session, as import_items() reads them. */
interface StoredGroup extends Pick<StoredItem, 'kind' | 'what' | 'sessionId'> {
  items: Pick<StoredItem, 'path' | 'value'>[];
}

/** Items that are stored together, in groups of those that follow each other. */
export class ImportBatch {
  readonly groups: StoredGroup[] = [];
  private count = 0;
  private characters = 0;

  get isFull(): boolean {
    return this.count >= MOST_ITEMS || this.characters >= MOST_CHARACTERS;
  }

  add({ path, value, ...kin }: StoredItem): void {
    const last = this.groups.at(-1);
    if (last?.kind === kin.kind && last.what === kin.what && last.sessionId === kin.sessionId) {
      last.items.push({ path, value });
    } else this.groups.push({ ...kin, items: [{ path, value }] });
    this.count++;
    this.characters += JSON.stringify(value).length;
  }
}

/** Makes of what is read what is stored. */
export class ImportWriter {
  private session: PortableSession | undefined;

  constructor(
    private readonly config: Config,
    private readonly profile: ProfileService,
  ) {}

  /** Nothing is stored of an item that was done before; it only says where those after it belong. */
  async write(item: Item, batch: ImportBatch | null): Promise<void> {
    if (item.kind === 'session') this.session = item.value;
    if (!batch) return;
    const { path } = item;
    switch (item.kind) {
      case 'refused':
        return batch.add({ kind: 'refused', what: item.what, path, value: { reason: item.reason } });
      case 'settings':
        return batch.add({ kind: 'settings', what: 'settings', path, value: this.settingsOf(item.value) });
      case 'template':
        return batch.add({ kind: 'template', what: 'templates', path, value: await templateOf(item.value) });
      case 'session':
        batch.add({ kind: 'session', what: 'sessions', path, value: this.sessionOf(item.value) });
        this.branches(batch, path);
        return this.summaries(batch, path, (count) => count === 0);
      case 'interaction':
        return batch.add({
          kind: 'interaction',
          what: 'interactions',
          path,
          sessionId: this.session!.id,
          value: { ...(await counted(item.value)), isOfTree: this.session!.treeId !== undefined },
        });
      case 'sessionEnd':
        this.summaries(batch, path, (count) => count > 0);
        return batch.add({
          kind: 'sessionEnd',
          path,
          value: { ...this.session!, summaries: undefined, inherited: undefined },
        });
      case 'fact':
        return batch.add({
          kind: 'fact',
          what: 'facts',
          path,
          value: { ...this.profile.stated({ ...item.value, slot: item.value.slot ?? null }), ...item.value },
        });
      case 'forgottenFact':
        return batch.add({ kind: 'forgottenFact', what: 'forgottenFacts', path, value: item.value });
      case 'usage':
        return batch.add({ kind: 'usage', what: 'usage', path, value: item.value });
    }
  }

  /** A server that keeps no backups has no schedules of them. */
  private settingsOf({ backupSchedule, ...settings }: PortableSettings): object {
    const { BACKUP_DIRECTORY, BACKUP_S3_BUCKET } = this.config;
    return (BACKUP_DIRECTORY ?? BACKUP_S3_BUCKET) ? { ...settings, backupSchedule } : settings;
  }

  private sessionOf({ summaries: _, inherited: __, ...session }: PortableSession): object {
    return {
      idleTimeoutSeconds: this.config.SESSION_IDLE_TIMEOUT_SECONDS,
      tokenLimit: this.config.SESSION_TOKEN_LIMIT,
      ...withoutUndefined(session),
    };
  }

  /** What it has of sessions that came before it, or were there. */
  private branches(batch: ImportBatch, path: string): void {
    for (const [index, value] of (this.session!.inherited ?? []).entries()) {
      batch.add({
        kind: 'branch',
        what: 'branches',
        path: `${path}.inherited.${index}`,
        sessionId: this.session!.id,
        value,
      });
    }
  }

  /** Those whose interactions were cleared lie in front of the session's log, the others over it. */
  private summaries(batch: ImportBatch, path: string, isWanted: (count: number) => boolean): void {
    const all = this.session!.summaries ?? [];
    const wanted = all.filter(({ interactionCount }) => isWanted(interactionCount));
    for (const summary of wanted.sort((one, other) => one.level - other.level)) {
      const folds = all.filter(({ supersededBy }) => supersededBy === summary.id).map(({ id }) => id);
      batch.add({
        kind: 'summary',
        what: 'summaries',
        path: `${path}.summaries.${all.indexOf(summary)}`,
        sessionId: this.session!.id,
        value: { ...summary, folds },
      });
    }
  }
}

async function templateOf(template: PortableTemplate): Promise<object> {
  return { ...template, systemNoteTokens: await countTokens(template.systemNote), most: MOST_TEMPLATES };
}

/** With the tokens of its texts, whatever the file says. */
async function counted(interaction: PortableInteraction): Promise<object> {
  const { question, answer, steps, answers, ...rest } = interaction;
  const countedSteps = [];
  for (const step of steps) countedSteps.push({ ...step, tokens: await countTokens(step.content) });
  const countedAnswers = [];
  for (const one of answers ?? [])
    countedAnswers.push({ ...one, answerTokens: await countTokens(one.answer) });
  return {
    ...rest,
    question,
    questionTokens: await countTokens(question),
    answer,
    answerTokens: await countTokens(answer),
    steps: countedSteps,
    stepTokens: countedSteps.reduce((sum, { tokens }) => sum + tokens, 0),
    answers: countedAnswers,
    completedAt: rest.completedAt ?? (rest.status === 'PENDING' ? undefined : rest.occurredAt),
  };
}

const withoutUndefined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
