import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, isObjectType } from 'graphql';

const rows = readFileSync('docs/features.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (Feature|-)/.test(line))
  .map((line) => line.split('|').slice(1, -1));
const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

describe('the table of features', () => {
  it('names operations that the schema has, routes and folders', () => {
    const schema = buildSchema(readFileSync('schema.gql', 'utf8'));
    const exists = (name: string) => {
      if (name.endsWith('/')) return existsSync(name);
      if (/^(GET|POST) \//.test(name)) return readFileSync('README.md', 'utf8').includes(name);
      const [field, owner] = name.split('.').reverse() as [string, string?];
      const types = owner ? [schema.getType(owner)] : [schema.getQueryType(), schema.getMutationType()];
      return types.some((type) => isObjectType(type) && field in type.getFields());
    };
    expect(rows.length).toBeGreaterThan(30);
    for (const [feature, operations] of rows) {
      expect([feature, named(operations!).filter((name) => !exists(name))]).toEqual([feature, []]);
    }
  });

  it('names tests that there are', () => {
    for (const [feature, , tests] of rows) {
      const files = named(tests!);
      expect([feature, files.length > 0, files.filter((file) => !existsSync(file))]).toEqual([
        feature,
        true,
        [],
      ]);
    }
  });
});
