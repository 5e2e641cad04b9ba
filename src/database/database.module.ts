import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from './commands.js';
import { Database } from './database.js';

/** The connections to PostgreSQL, and the one way to write users' data. */
@Global()
@Module({
  providers: [
    { provide: Database, inject: [CONFIG], useFactory: (config: Config) => Database.connect(config) },
    Commands,
  ],
  exports: [Database, Commands],
})
export class DatabaseModule {}
