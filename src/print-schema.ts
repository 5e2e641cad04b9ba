import { writeFileSync } from 'node:fs';
import { schemaText } from './schema.js';

writeFileSync('schema.gql', await schemaText());
