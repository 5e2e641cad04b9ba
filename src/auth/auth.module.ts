import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Authenticator } from '../graphql/context.js';
import { KeysModule } from '../keys/keys.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AuthGuard } from './auth.guard.js';
import { AuthRepository } from './auth.repository.js';
import { AuthResolver } from './auth.resolver.js';
import { AuthService } from './auth.service.js';
import { IdentityProvider } from './identity-provider.js';
import './refresh-token.entity.js';
import { TokenVerifier } from './token-verifier.js';

/** Global, because the HTTP and WebSocket servers ask for an Authenticator and must not import a feature. */
@Global()
@Module({
  imports: [UsersModule, KeysModule],
  providers: [
    AuthResolver,
    AuthService,
    AuthRepository,
    AccessTokens,
    IdentityProvider,
    TokenVerifier,
    { provide: Authenticator, useExisting: AuthService },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [AuthService, Authenticator],
})
export class AuthModule {}
