import { Global, Module } from '@nestjs/common';
import { LiveService } from './live.service.js';
import { SocketServer } from './socket-server.js';
import { Subscriptions } from './subscriptions.js';

/** Global, because users, sessions and interactions all have something to watch. */
@Global()
@Module({ providers: [LiveService, SocketServer, Subscriptions], exports: [LiveService] })
export class LiveModule {}
