import { readFileSync } from 'node:fs';
import { getOperationAST, parse, print } from 'graphql';

const README = readFileSync('README.md', 'utf8');

/** The Apollo Client that README shows. */
export const [, APOLLO_CLIENT = ''] = /^```ts\n(.*?)^```/ms.exec(README) ?? [];

/** The operation of that name among those that README shows. */
export function operation(name: string): string {
  const texts = [...README.matchAll(/^```graphql\n(.*?)^```/gms)].map(([, text]) => parse(text!));
  return print(texts.find((document) => getOperationAST(document)?.name?.value === name)!);
}
