import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { UnauthenticatedError } from '../common/errors.js';
import type { GraphQLContext } from '../graphql/context.js';
import { PUBLIC } from './public.decorator.js';

/**
 * Refuses whoever has not signed in, everywhere except at what is marked `@Public()`: root fields over HTTP and
 * WebSocket, and plain HTTP routes, which have no other way in. Synchronous, because it runs for every root field.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly open = new WeakMap<object, boolean>();

  canActivate(context: ExecutionContext): boolean {
    if (this.isOpen(context.getHandler(), context.getClass())) return true;
    if (context.getType<string>() === 'graphql') {
      const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
      if (viewer) return true;
      throw viewerError ?? new UnauthenticatedError();
    }
    throw new UnauthenticatedError();
  }

  private isOpen(handler: object, owner: object): boolean {
    let open = this.open.get(handler);
    if (open === undefined) {
      open = Reflect.hasMetadata(PUBLIC, handler) || Reflect.hasMetadata(PUBLIC, owner);
      this.open.set(handler, open);
    }
    return open;
  }
}
