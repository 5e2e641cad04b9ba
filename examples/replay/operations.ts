/** What this client asks of Recollect, with the shapes of the answers. */

export const REGISTER = `
  mutation Register($input: RegisterInput!) {
    register(input: $input) { accessToken }
  }`;
export interface Register {
  register: { accessToken: string };
}

export const REVISION = `query Revision { me { revision } }`;
export interface Revision {
  me: { revision: number };
}

export const ADD_MESSAGE = `
  mutation AddMessage($input: AddMessageInput!) {
    addMessage(input: $input) { session { id } }
  }`;
export interface AddMessage {
  addMessage: { session: { id: string } };
}

export const INTERACTION_ADDED = `
  subscription InteractionAdded($after: Revision) {
    interactionAdded(after: $after) {
      interaction { id sessionId question answer }
    }
  }`;
export interface InteractionAdded {
  interactionAdded: {
    interaction: { id: string; sessionId: string; question: string | null; answer: string | null };
  };
}

export const END_SESSION = `
  mutation EndSession($input: EndSessionInput!) {
    endSession(input: $input) { id }
  }`;

export const SESSION = `
  query Session($id: UUID!, $after: String) {
    session(id: $id) {
      startedAt
      durationSeconds
      endReason
      interactionCount
      userMessageCount
      assistantMessageCount
      inputTokens
      outputTokens
      messages(first: 100, after: $after) {
        edges { node { role content } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`;
export interface Message {
  role: string;
  content: string;
}
export interface Session {
  startedAt: string;
  durationSeconds: number;
  endReason: string | null;
  interactionCount: number;
  userMessageCount: number;
  assistantMessageCount: number;
  inputTokens: number;
  outputTokens: number;
  messages: {
    edges: { node: Message }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}
