import { InputType } from '@nestjs/graphql';
import {
  DISPLAY_NAME,
  IDLE_TIMEOUT,
  OptionalInteger,
  OptionalText,
  TimeZone,
} from '../common/input-fields.js';

@InputType({ description: 'What to change of the signed-in user. What is left out stays as it is.' })
export class UpdateMeInput {
  @OptionalText('Name to show; null removes it.', DISPLAY_NAME)
  displayName?: string | null;

  @TimeZone('not null. An offset such as "+01:00" is none.')
  timeZone?: string;

  @OptionalInteger(
    'Seconds without activity after which new sessions end; null: the default of the server.',
    IDLE_TIMEOUT,
  )
  idleTimeoutSeconds?: number | null;
}
