import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Interaction } from './interaction.entity.js';
import { InteractionsResolver } from './interactions.resolver.js';
import { InteractionsService } from './interactions.service.js';
import { Session } from './session.entity.js';
import { SessionsResolver } from './sessions.resolver.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      schema: 'plain',
      entities: [Session, Interaction],
      synchronize: true,
      installExtensions: false,
      uuidExtension: 'pgcrypto',
      poolSize: Number(process.env.POOL_SIZE),
    }),
    TypeOrmModule.forFeature([Session, Interaction]),
    JwtModule.register({
      secret: Buffer.from(process.env.JWT_KEY!, 'base64'),
      verifyOptions: { algorithms: ['HS256'], issuer: 'recollect', audience: 'recollect' },
    }),
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      subscriptions: {
        'graphql-ws': {
          onConnect: ({ connectionParams, extra }: any) => {
            extra.headers = { authorization: connectionParams?.authorization };
          },
        },
      },
      context: ({ req, extra }: any) => ({ req: req ?? { headers: extra.headers } }),
    }),
  ],
  providers: [InteractionsResolver, InteractionsService, SessionsResolver, SessionsService],
})
export class AppModule {}
