import { Injectable } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import type { GraphQLContext } from '../graphql/context.js';

type Hook = (userId: string, sessionId: string, info: GraphQLResolveInfo, context: GraphQLContext) => void;

/**
 * Lets other features start reading what a client selects under a session at the moment the session itself is read,
 * so that both travel to PostgreSQL in one flush.
 */
@Injectable()
export class SessionPrefetch {
  private readonly hooks: Hook[] = [];

  register(hook: Hook): void {
    this.hooks.push(hook);
  }

  begin(...args: Parameters<Hook>): void {
    for (const hook of this.hooks) hook(...args);
  }
}
