import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperationTypeNode, type GraphQLResolveInfo } from 'graphql';
import { ForbiddenError, UnauthenticatedError } from '../common/errors.js';
import {
  ACTS_FOR,
  Authenticator,
  type GraphQLContext,
  type ServiceKeyPass,
  type Viewer,
} from '../graphql/context.js';
import { KeysService } from '../keys/keys.service.js';
import { KeyScope } from '../keys/service-key.model.js';
import { UserRole } from '../users/user.model.js';
import { UsersService } from '../users/users.service.js';
import { FOR_ADMINS } from './for-admins.decorator.js';
import { NOT_FOR_KEYS } from './not-for-keys.decorator.js';
import { PUBLIC } from './public.decorator.js';

const FOR_ADMINISTRATORS = 'This is for administrators.';

/** What is marked on a root field, or on its whole resolver. */
interface Marks {
  isPublic: boolean;
  isForKeys: boolean;
  isForAdmins: boolean;
}

/**
 * Refuses whoever has not signed in, everywhere except at what is marked `@Public()`: root fields over HTTP and
 * WebSocket, and plain HTTP routes. What is marked `@ForAdmins()` it leaves to administrators. Of a service key it asks the
 * scope of each. Synchronous for people at root fields, because it runs for every one.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly marks = new WeakMap<object, Marks>();

  constructor(
    private readonly keys: KeysService,
    private readonly users: UsersService,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const marks = this.marksOf(context.getHandler(), context.getClass());
    if (context.getType<string>() === 'graphql') {
      const { viewer, viewerError } = context.getArgByIndex<GraphQLContext>(2);
      if (viewer?.key) {
        const { operation } = context.getArgByIndex<GraphQLResolveInfo>(3);
        return this.admitKey(viewer.key, marks, operation.operation === OperationTypeNode.MUTATION);
      }
      if (viewer) return this.admitPerson(viewer, marks);
      if (marks.isPublic) return true;
      throw viewerError ?? new UnauthenticatedError();
    }
    return marks.isPublic || this.admitRequest(context.switchToHttp().getRequest<FastifyRequest>(), marks);
  }

  private async admitRequest(request: FastifyRequest, marks: Marks): Promise<boolean> {
    const { authorization, [ACTS_FOR]: actsFor } = request.headers;
    const viewer = await this.authenticator.authenticate(authorization, actsFor?.toString());
    if (!viewer) throw new UnauthenticatedError();
    request.caller = { viewer };
    return viewer.key
      ? this.admitKey(viewer.key, marks, request.method !== 'GET')
      : this.admitPerson(viewer, marks);
  }

  private admitPerson({ userId }: Viewer, { isForAdmins }: Marks): true {
    if (isForAdmins && this.users.roleOf(userId) !== UserRole.ADMIN)
      throw new ForbiddenError(FOR_ADMINISTRATORS);
    return true;
  }

  private admitKey(key: ServiceKeyPass, { isForKeys, isForAdmins }: Marks, writes: boolean) {
    if (!isForKeys) throw new ForbiddenError('This is for people who sign in, not for service keys.');
    if (!isForAdmins) return this.keys.admit(key, writes ? KeyScope.WRITE : KeyScope.READ);
    // Whom a key acts for may be an administrator who has linked an identity, and lent the key nothing but that.
    const isOfAdmin = key.identity === undefined && this.users.roleOf(key.ownerId) === UserRole.ADMIN;
    if (!isOfAdmin) throw new ForbiddenError(FOR_ADMINISTRATORS);
    return this.keys.admit(key, KeyScope.ADMIN);
  }

  private marksOf(handler: object, owner: object): Marks {
    let marks = this.marks.get(handler);
    if (!marks) {
      const has = (mark: symbol) => Reflect.hasMetadata(mark, handler) || Reflect.hasMetadata(mark, owner);
      this.marks.set(
        handler,
        (marks = { isPublic: has(PUBLIC), isForKeys: !has(NOT_FOR_KEYS), isForAdmins: has(FOR_ADMINS) }),
      );
    }
    return marks;
  }
}
