import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { SECRET, loadSecret } from './secret.js';

/** Gives every module the environment (CONFIG) and the secret (SECRET). */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: SECRET, useValue: loadSecret(config) },
      ],
      exports: [CONFIG, SECRET],
    };
  }
}
