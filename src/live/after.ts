import type { ArgsOptions } from '@nestjs/graphql';
import { RevisionScalar } from '../common/scalars.js';

/** Of the argument `after` of whatever tells changes. */
export const AFTER_REFUSED =
  'BAD_USER_INPUT when it is ahead of the server, or so old that what followed is no longer kept: then read ' +
  '`me.revision`, after it everything anew, and go on from that revision.';

/** The argument `after` of a subscription. */
export const AFTER: ArgsOptions = {
  type: () => RevisionScalar,
  nullable: true,
  description: `The last revision seen; left out: from now on. ${AFTER_REFUSED}`,
};
