import { Field, ObjectType, PickType } from '@nestjs/graphql';
import { ChangeKind } from '../changes/change-kind.model.js';
import { connectionType } from '../common/pagination.js';
import { DateTimeScalar, JSONScalar, UUIDScalar } from '../common/scalars.js';
import { Interaction, Step } from '../interactions/interaction.model.js';
import { SessionType } from '../sessions/session.model.js';
import { ShareMode } from './share.model.js';

@ObjectType({
  description:
    'A session that its user shares, as far as it is shown. Nothing leads from it to anything else of the user.',
})
export class SharedSession {
  ownerId: string;
  shareId: string;

  @Field(() => String, { nullable: true, description: 'Title, as it is now; null until given.' })
  title: string | null;

  @Field(() => SessionType, { description: 'Text or voice.' })
  type: SessionType;

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  startedAt: string;

  @Field(() => JSONScalar, { nullable: true, description: "The client's own data; null unless it is shown." })
  metadata: Record<string, unknown> | null;

  @Field(() => ShareMode, { description: 'A snapshot, or the live session.' })
  mode: ShareMode;

  @Field(() => DateTimeScalar, { description: 'When it was shared.' })
  sharedAt: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when it can be read; null: until it is revoked.',
  })
  expiresAt: string | null;
}

@ObjectType({ description: 'One turn of a shared session.' })
export class SharedTurn extends PickType(Interaction, [
  'status',
  'modality',
  'question',
  'answer',
  'occurredAt',
  'completedAt',
]) {
  @Field(() => UUIDScalar, { description: 'Identifies the turn; opens nothing.' })
  id: string;

  sequence: number;

  @Field(() => [Step], {
    nullable: true,
    description: 'What happened in between, in order; null unless it is shown.',
  })
  steps: Step[] | null;

  @Field(() => String, { nullable: true, description: 'Why it failed; null unless steps are shown.' })
  error: string | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'The context that was handed to the model; null unless it is shown.',
  })
  contextUsed: Record<string, unknown> | null;

  @Field(() => JSONScalar, { nullable: true, description: "The client's own data; null unless it is shown." })
  metadata: Record<string, unknown> | null;
}

export const SharedTurnConnection = connectionType(SharedTurn, 'SharedTurn');

@ObjectType({ description: 'A change of a session that is shared with the user.' })
export class SharedSessionEvent {
  @Field({ description: 'Pass the last one seen as `after` to go on from there.' })
  cursor: string;

  @Field(() => ChangeKind, {
    description: 'What happened: an INTERACTION_ kind, or SESSION_UPDATED, _ENDED, _RESUMED or _CLEARED.',
  })
  kind: ChangeKind;

  @Field(() => UUIDScalar, { nullable: true, description: 'The turn it happened to.' })
  turnId: string | null;

  @Field(() => SharedTurn, {
    nullable: true,
    description: 'The turn as it is when the event is delivered; null when it has been deleted.',
  })
  turn: SharedTurn | null;
}
