import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { Cursors } from '../common/cursor.js';
import { InputPipe } from '../common/input.pipe.js';
import { GraphQLDriver } from './driver.js';
import { OperationExceptionFilter } from './exception.filter.js';
import { Executor } from './executor.js';
import { GraphiQL } from './graphiql.js';
import { OperationPolicy } from './operation-policy.js';

/** The API: how operations are read, limited, checked, run and answered. Features add the fields. */
@Global()
@Module({
  imports: [
    GraphQLModule.forRoot({
      driver: GraphQLDriver,
      path: '/graphql',
      autoSchemaFile: true,
      sortSchema: true,
      // Guards, filters and interceptors are for root fields; on every field they halve the throughput.
      fieldResolverEnhancers: [],
      // After HTTP is closed: requests in flight still need it.
      stopOnApplicationShutdown: true,
    }),
  ],
  providers: [
    Cursors,
    Executor,
    GraphiQL,
    OperationPolicy,
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_FILTER, useClass: OperationExceptionFilter },
  ],
  exports: [Cursors, Executor, OperationPolicy, GraphQLModule],
})
export class ApiModule {}
