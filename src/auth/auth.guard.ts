import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperationTypeNode, type GraphQLResolveInfo } from 'graphql';
import { ForbiddenError, UnauthenticatedError } from '../common/errors.js';
import { ACTS_FOR, Authenticator, type GraphQLContext, type ServiceKeyPass } from '../graphql/context.js';
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
 * WebSocket, and plain HTTP routes. Of a service key it asks the scope of each. Synchronous for people at root fields, because it
 * runs for every one.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly marks = new WeakMap<object, Marks>();

  constructor(
    private readonly keys: KeysService,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { isPublic, isForKeys } = this.marksOf(context.getHandler(), context.getClass());
    if (context.getType<string>() === 'graphql') {
      const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
      if (viewer?.key) {
        const { operation } = context.getArgByIndex<GraphQLResolveInfo>(3);
        return this.admitKey(viewer.key, isForKeys, operation.operation === OperationTypeNode.MUTATION);
      }
      if (isPublic || viewer) return true;
      throw viewerError ?? new UnauthenticatedError();
    }
    return isPublic || this.admitRequest(context.switchToHttp().getRequest<FastifyRequest>(), isForKeys);
  }

  private async admitRequest(request: FastifyRequest, isForKeys: boolean): Promise<boolean> {
    const { authorization, [ACTS_FOR]: actsFor } = request.headers;
    const viewer = await this.authenticator.authenticate(authorization, actsFor?.toString());
    if (!viewer) throw new UnauthenticatedError();
    request.caller = { viewer };
    return viewer.key ? this.admitKey(viewer.key, isForKeys, request.method !== 'GET') : true;
  }

  private admitKey(key: ServiceKeyPass, isForKeys: boolean, writes: boolean) {
    if (!isForKeys) throw new ForbiddenError('This is for people who sign in, not for service keys.');
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
