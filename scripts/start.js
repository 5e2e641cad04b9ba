import { existsSync } from 'node:fs';
import { build } from './build.js';

build();
if (existsSync('.env')) process.loadEnvFile('.env');
// In this process, so that signals and the exit status are the service's own.
await import('../dist/src/main.js');
