import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { countTokens } from '../common/tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import type { Viewer } from '../graphql/context.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { CreateTemplateInput, StartFromTemplateInput, UpdateTemplateInput } from './template.input.js';
import type { Template } from './template.model.js';
import { TemplatesRepository } from './templates.repository.js';

/** Listed as a whole: as many as one can look through. */
export const MOST_TEMPLATES = 100;

@Injectable()
export class TemplatesService {
  constructor(
    private readonly repository: TemplatesRepository,
    private readonly commands: Commands,
    private readonly sessions: SessionsService,
  ) {}

  async get(userId: string, id: string): Promise<Template> {
    const template = await this.repository.byId(userId, id);
    if (!template) throw new NotFoundError('Template');
    return template;
  }

  list(userId: string): Promise<Template[]> {
    return this.repository.ofUser(userId);
  }

  async create(userId: string, input: CreateTemplateInput): Promise<Template> {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value != null));
    return this.store(userId, { ...given, systemNoteTokens: await countTokens(input.systemNote) });
  }

  createFromSession(userId: string, sessionId: string, name: string): Promise<Template> {
    return this.store(userId, { sessionId, name });
  }

  async update(userId: string, { systemNote, ...changes }: UpdateTemplateInput): Promise<Template> {
    const note =
      systemNote === undefined ? {} : { systemNote, systemNoteTokens: await countTokens(systemNote) };
    await this.commands.run({ kind: 'updateTemplate', userId, ...changes, ...note });
    return this.get(userId, changes.id);
  }

  async delete(userId: string, id: string): Promise<string> {
    await this.commands.run({ kind: 'deleteTemplate', userId, id });
    return id;
  }

  async start(viewer: Viewer, { templateId, ...input }: StartFromTemplateInput): Promise<Session> {
    const { session } = await this.commands.run({
      ...this.sessions.startCommand(viewer, input, { templateId }),
      kind: 'startFromTemplate',
      noteId: uuidv7(),
      noteStepId: uuidv7(),
    });
    return session as Session;
  }

  private async store(userId: string, payload: object): Promise<Template> {
    const id = uuidv7();
    await this.commands.run({ kind: 'createTemplate', userId, ...payload, id, most: MOST_TEMPLATES });
    return this.get(userId, id);
  }
}
