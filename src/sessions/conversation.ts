import { BadUserInputError } from '../common/errors.js';
import { SessionPrivacy } from './session.model.js';

const MAX_SCOPE_BYTES = 256;

/** What tells one conversation of a platform from another. */
export interface Conversation {
  scope?: string | null;
  channel?: string | null;
  externalUserId?: string | null;
  externalChatId?: string | null;
  conversationId?: string | null;
  privacy?: SessionPrivacy | null;
}

/**
 * Where a session of a conversation belongs. `identity`, such as `telegram:12345`, is whom a bot acts for. A chat that is
 * not known to be with that person alone is taken for a group's; of what the scope alone tells, the database decides.
 */
export function placeOf(input: Conversation, identity: string | undefined) {
  const [ownChannel, ownId] = identity ? splitIdentity(identity) : [];
  const { externalChatId, conversationId } = input;
  const channel = input.channel ?? ownChannel;
  const externalUserId = input.externalUserId ?? (channel === ownChannel ? ownId : undefined);
  const isElsewhere = externalChatId != null && externalChatId !== externalUserId;
  return {
    scope: input.scope ?? scopeOf([channel, externalChatId, conversationId]),
    channel,
    externalUserId,
    privacy: input.privacy ?? (isElsewhere ? SessionPrivacy.GROUP : undefined),
  };
}

/** `telegram:-100:7`: a scope of its own for each conversation; none when only the channel is known. */
function scopeOf([channel, chat, conversation]: (string | null | undefined)[]): string | undefined {
  if (chat == null && conversation == null) return undefined;
  const parts = [channel, chat, ...(conversation == null ? [] : [conversation])];
  const scope = parts.map((part) => (part ?? '').replace(/[%:]/g, encodeURIComponent)).join(':');
  if (Buffer.byteLength(scope) > MAX_SCOPE_BYTES) {
    const reason = `makes a scope of more than ${MAX_SCOPE_BYTES} bytes: give one`;
    throw new BadUserInputError({ 'input.externalChatId': [reason] });
  }
  return scope;
}

function splitIdentity(identity: string): [channel: string, id: string] {
  const at = identity.indexOf(':');
  return [identity.slice(0, at), identity.slice(at + 1)];
}
