import type { TestApp } from './app.js';

export const SHARE = `mutation ($input: ShareSessionInput!) { shareSession(input: $input) {
  token share { id sessionId mode role showMetadata showContext showSteps hasPassword createdAt expiresAt lastAccessAt
    accessCount } } }`;
export const OPEN = `query ($token: String!, $password: String, $first: Int, $after: String, $last: Int, $before: String) {
  sharedSession(token: $token, password: $password) {
    title type startedAt metadata mode sharedAt expiresAt
    turns(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id status modality question answer steps { role content toolName } error contextUsed metadata
        occurredAt completedAt } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
export const ACCESS = `query ($sessionId: UUID!) { sessionAccess(sessionId: $sessionId) {
  id mode role hasPassword expiresAt lastAccessAt accessCount } }`;
export const REVOKE = 'mutation ($id: UUID!) { revokeShare(id: $id) }';

const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;

export async function record(server: TestApp, token: string, input: Record<string, unknown>) {
  const { interaction, session } = (await server.ask(RECORD, { input }, token)).recordInteraction;
  return { id: interaction.id as string, sessionId: session.id as string };
}

/** A link to a session, with what of it is shown. */
export async function share(server: TestApp, token: string, input: Record<string, unknown>) {
  return (await server.ask(SHARE, { input }, token)).shareSession as {
    token: string;
    share: Record<string, any>;
  };
}
