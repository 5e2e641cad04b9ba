import { build } from './build.js';

build();
await import('../dist/examples/replay/main.js');
