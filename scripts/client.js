import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as typedOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const source = 'client/src/operations.graphql';
const target = 'client/src/operations.ts';

const schema = readFileSync('schema.gql', 'utf8');
const text = await codegen({
  filename: target,
  schema: parse(schema),
  schemaAst: buildSchema(schema),
  documents: [{ location: source, document: parse(readFileSync(source, 'utf8')) }],
  plugins: [{ typedOperations: {} }, { typedDocuments: {} }],
  pluginMap: { typedOperations, typedDocuments },
  config: {
    documentMode: 'string',
    enumsAsTypes: true,
    skipTypename: true,
    useTypeImports: true,
    defaultScalarType: 'string',
    scalars: {
      JSON: 'Record<string, unknown>',
      Revision: 'number',
      SafeInt: 'number',
    },
  },
});
const header = `// Written by \`npm run schema\` from operations.graphql and schema.gql; \`npm run schema:check\` compares it.\n\n`;
const written = await format(header + text, { ...(await resolveConfig(target)), filepath: target });

if (!process.argv.includes('--check')) {
  writeFileSync(target, written);
} else if (readFileSync(target, 'utf8') !== written) {
  console.error(`${target} is not what ${source} and schema.gql say: npm run schema`);
  process.exitCode = 1;
}
