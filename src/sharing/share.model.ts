import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';

export enum ShareRole {
  READER = 'READER',
  COLLABORATOR = 'COLLABORATOR',
}
registerEnumType(ShareRole, {
  name: 'ShareRole',
  description: 'What somebody may do with a session that is shared with them.',
  valuesMap: {
    READER: { description: 'Read it.' },
    COLLABORATOR: { description: 'Read it and record turns in it.' },
  },
});

export enum ShareMode {
  SNAPSHOT = 'SNAPSHOT',
  LIVE = 'LIVE',
}
registerEnumType(ShareMode, {
  name: 'ShareMode',
  description: 'How much of a session is shared. What is deleted is shown no more, whichever it is.',
  valuesMap: {
    SNAPSHOT: {
      description:
        'What was said until it was shared. Of a turn that is answered, or answered once more, only later, the question ' +
        'alone; title, metadata and steps that are changed later are shown as they are now.',
    },
    LIVE: { description: 'The session as it is now, whenever it is read.' },
  },
});

@ObjectType({ description: 'One way into a session for others: a link, or the invitation of a person.' })
export class SessionShare {
  @Field(() => UUIDScalar, { description: 'Identifies the share; of no use to open it.' })
  id: string;

  @Field(() => UUIDScalar, { description: 'The session.' })
  sessionId: string;

  @Field({ description: 'Whether it is a link, and not the invitation of a person.' })
  isLink: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address of the person, if it was invited by it.',
  })
  email: string | null;

  @Field(() => UUIDScalar, {
    nullable: true,
    description: 'The person, if it was invited by id or has accepted.',
  })
  userId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How the person is called who has accepted; null when not set.',
  })
  name: string | null;

  @Field(() => ShareMode, { description: 'A snapshot, or the live session.' })
  mode: ShareMode;

  @Field(() => ShareRole, { description: 'What it lets its reader do.' })
  role: ShareRole;

  @Field({ description: 'Whether metadata of the session and of its turns is shown.' })
  showMetadata: boolean;

  @Field({ description: 'Whether the context that answers were given with is shown.' })
  showContext: boolean;

  @Field({ description: 'Whether steps (calls of tools, notes of the system) and errors are shown.' })
  showSteps: boolean;

  @Field({ description: 'Whether a password is needed to open it.' })
  hasPassword: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was shared.' })
  createdAt: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the person accepted; null: not yet, or a link.',
  })
  acceptedAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it stops to open the session; null: never.',
  })
  expiresAt: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last read, some seconds late; null: not yet.',
  })
  lastAccessAt: string | null;

  @Field(() => SafeIntScalar, { description: 'How often it was read, each page counted; some seconds late.' })
  accessCount: number;
}

@ObjectType({ description: 'A link that has just been made.' })
export class CreatedShare {
  @Field({
    description:
      'For `sharedSession`; put it behind the `#` of an address, where it reaches no server log. Whoever has it can ' +
      'read. Shown this once: only its digest is stored.',
  })
  token: string;

  @Field(() => SessionShare, { description: 'What is known of it from now on.' })
  share: SessionShare;
}

@ObjectType({ description: 'Somebody else who wrote a turn in the log of the user.' })
export class InteractionAuthor {
  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'The collaborator; null for whoever shared the session that was continued, or an author who is gone.',
  })
  userId: string | null;
}
