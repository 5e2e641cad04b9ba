import { readFileSync } from 'node:fs';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { tabs } from '../../graphiql/tabs.js';

const schema = buildSchema(readFileSync('schema.gql', 'utf8'));

/** The GraphQL of a text in Markdown. */
function blocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```graphql\n(.*?)^```/gms)].map(([, text]) => text!);
}

describe('the operations we show', () => {
  it.each(tabs)('GraphiQL: tab %#', ({ query, variables = '{}' }) => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const { variableDefinitions = [] } = getOperationAST(document)!;
    const { errors } = getVariableValues(schema, variableDefinitions, JSON.parse(variables));
    expect(errors).toBeUndefined();
  });

  it('README', () => {
    const texts = blocks(readFileSync('README.md', 'utf8'));
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(validate(schema, parse(text))).toEqual([]);
  });
});
