import { applyDecorators } from '@nestjs/common';
import { Field } from '@nestjs/graphql';
import { IsOptional, MaxDate } from 'class-validator';
import { DateTimeScalar } from './scalars.js';

/** How far a client's clock may be ahead of ours. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** The latest that may have happened by now. */
export const latest = (): Date => new Date(Date.now() + CLOCK_SKEW_MS);

/** The input field `occurredAt`: when something really happened, for imports and offline queues. */
export function OccurredAt(): PropertyDecorator {
  return applyDecorators(
    Field(() => DateTimeScalar, {
      nullable: true,
      description:
        'When it happened, for imports and offline queues; now by default, at most 5 minutes ahead. It decides ' +
        'about idle time and durations, never about order: the log keeps the order in which it was told.',
    }),
    IsOptional(),
    MaxDate(latest, { message: 'must not be in the future' }),
  );
}
