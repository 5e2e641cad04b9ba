export { Connection, type ConnectionOptions, type Subscriber } from './connection.js';
export { isPassing, RecollectError, UnreachableError } from './errors.js';
export * from './operations.js';
export { Outbox, type OutboxEntry, type OutboxListener } from './outbox.js';
export {
  SessionManager,
  type LocalMessage,
  type LocalSession,
  type SessionManagerOptions,
} from './session-manager.js';
export { BrowserStorage, MemoryStorage, type Storage } from './storage.js';
export { TokenKeeper } from './token-keeper.js';
