import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { OperationTypeNode, type GraphQLResolveInfo } from 'graphql';
import { ForbiddenError, UnauthenticatedError } from '../common/errors.js';
import type { GraphQLContext, ServiceKeyPass } from '../graphql/context.js';
import { KeysService } from '../keys/keys.service.js';
import { KeyScope } from '../keys/service-key.model.js';
import { NOT_FOR_KEYS } from './not-for-keys.decorator.js';
import { PUBLIC } from './public.decorator.js';

/** What is marked on a root field, or on its whole resolver. */
interface Marks {
  isPublic: boolean;
  isForKeys: boolean;
}

/**
 * Refuses whoever has not signed in, everywhere except at what is marked `@Public()`: root fields over HTTP and
 * WebSocket, and plain HTTP routes, which have no other way in. Of a service key it asks the scope of each root field.
 * Synchronous for people, because it runs for every root field.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly marks = new WeakMap<object, Marks>();

  constructor(private readonly keys: KeysService) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { isPublic, isForKeys } = this.marksOf(context.getHandler(), context.getClass());
    if (context.getType<string>() === 'graphql') {
      const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
      if (viewer?.key) {
        return this.admitKey(viewer.key, isForKeys, context.getArgByIndex<GraphQLResolveInfo>(3));
      }
      if (isPublic || viewer) return true;
      throw viewerError ?? new UnauthenticatedError();
    }
    if (isPublic) return true;
    throw new UnauthenticatedError();
  }

  private admitKey(key: ServiceKeyPass, isForKeys: boolean, { operation }: GraphQLResolveInfo) {
    if (!isForKeys) throw new ForbiddenError('This is for people who sign in, not for service keys.');
    const writes = operation.operation === OperationTypeNode.MUTATION;
    return this.keys.admit(key, writes ? KeyScope.WRITE : KeyScope.READ);
  }

  private marksOf(handler: object, owner: object): Marks {
    let marks = this.marks.get(handler);
    if (!marks) {
      const has = (mark: symbol) => Reflect.hasMetadata(mark, handler) || Reflect.hasMetadata(mark, owner);
      this.marks.set(handler, (marks = { isPublic: has(PUBLIC), isForKeys: !has(NOT_FOR_KEYS) }));
    }
    return marks;
  }
}
