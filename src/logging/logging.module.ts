import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { CONFIG, type Config } from '../config/config.js';
import { RequestLog } from './request-log.js';

const SECRETS = ['authorization', 'password', 'token', 'accessToken', 'refreshToken', 'secret'];

/** What of Nest tells each route and module at every start. */
const CHATTY = ['RoutesResolver', 'RouterExplorer', 'GraphQLModule', 'NestApplication'];
const INFO = 30;

/** Lines of JSON on standard output. No body, no variable and no header of a request is ever in them. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({
        pinoHttp: {
          level: config.LOG_LEVEL,
          hooks: {
            logMethod(args, method, level) {
              const [{ context }] = args as unknown as [{ context?: string }];
              if (level > INFO || !context || !CHATTY.includes(context)) method.apply(this, args);
            },
          },
          redact: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        },
        // pino-http's middleware costs every request a logger of its own; RequestLog writes the lines worth having.
        forRoutes: [],
      }),
    }),
  ],
  providers: [RequestLog],
})
export class LoggingModule {}
