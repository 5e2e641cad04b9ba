import { Args, ArgsType, Field, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import { NAME, Text } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import type { Viewer } from '../graphql/context.js';
import { Session } from '../sessions/session.model.js';
import { CreateTemplateInput, StartFromTemplateInput, UpdateTemplateInput } from './template.input.js';
import { Template } from './template.model.js';
import { MOST_TEMPLATES, TemplatesService } from './templates.service.js';

const CONFLICT = `CONFLICT when another has this name, or when there are ${MOST_TEMPLATES}.`;

@ArgsType()
class CreateTemplateFromSessionArgs {
  @Field(() => UUIDScalar, { description: 'The session.' })
  sessionId: string;

  @Text('Name of the template.', { ...NAME, min: 1 })
  name: string;
}

@Resolver(() => Template)
export class TemplatesResolver {
  constructor(private readonly templatesService: TemplatesService) {}

  @Query(() => [Template], {
    description: `The user's templates of sessions, by name, at most ${MOST_TEMPLATES}.`,
  })
  templates(@CurrentUser() userId: string): Promise<Template[]> {
    return this.templatesService.list(userId);
  }

  @Mutation(() => Template, { description: `Creates a template of sessions. ${CONFLICT}` })
  createTemplate(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The template.' }) input: CreateTemplateInput,
  ): Promise<Template> {
    return this.templatesService.create(userId, input);
  }

  @Mutation(() => Template, {
    description:
      'Creates a template of what a session is like: type, title, tags, state, metadata, token limit, and its first ' +
      'message if that is of the role SYSTEM. It is a copy, which stays when the session is deleted. ' +
      `${CONFLICT} NOT_FOUND when there is no such session or it is another user's.`,
  })
  createTemplateFromSession(
    @CurrentUser() userId: string,
    @Args() { sessionId, name }: CreateTemplateFromSessionArgs,
  ): Promise<Template> {
    return this.templatesService.createFromSession(userId, sessionId, name);
  }

  @Mutation(() => Template, {
    description: `Changes a template. CONFLICT when another has the name. ${NOT_FOUND}`,
  })
  updateTemplate(
    @CurrentUser() userId: string,
    @Args('input', { description: 'What to change.' }) input: UpdateTemplateInput,
  ): Promise<Template> {
    return this.templatesService.update(userId, input);
  }

  @Mutation(() => UUIDScalar, {
    description: `Deletes a template, for good; returns its id. Sessions started from it stay. ${NOT_FOUND}`,
  })
  deleteTemplate(
    @CurrentUser() userId: string,
    @Args('id', { type: () => UUIDScalar, description: 'The template.' }) id: string,
  ): Promise<string> {
    return this.templatesService.delete(userId, id);
  }

  @Mutation(() => Session, {
    description:
      'Starts a session as a template says, and otherwise as `startSession` does; the system note becomes its first ' +
      `message. CONFLICT when another session is stored under the given id. ${NOT_FOUND}`,
  })
  startFromTemplate(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The template, and what is to be otherwise.' })
    input: StartFromTemplateInput,
  ): Promise<Session> {
    return this.templatesService.start(viewer, input);
  }
}
