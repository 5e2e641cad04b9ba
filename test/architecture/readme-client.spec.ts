import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gql, type ApolloClient, type TypedDocumentNode } from '@apollo/client';
import ts from 'typescript';
import { AuthService } from '../../src/auth/auth.service.js';
import { startApp } from '../support/app.js';
import { APOLLO_CLIENT, operation } from '../support/readme.js';
import { until } from '../support/sockets.js';

const Added: TypedDocumentNode<any> = gql(operation('Added'));
const Sidebar: TypedDocumentNode<any> = gql(operation('Sidebar'));

/** What the compiler says of a module that lies in the root of the project. */
function errorsIn(text: string): string[] {
  const path = resolve('readme-client.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === path || fileExists(file);
  host.getSourceFile = (file, target, ...rest) =>
    file === path ? ts.createSourceFile(file, text, target) : getSourceFile(file, target, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** The client that README shows, of a service elsewhere. */
async function load(host: string, freshAccessToken: () => Promise<string>): Promise<ApolloClient> {
  Object.assign(globalThis, { freshAccessToken });
  const { outputText } = ts.transpileModule(APOLLO_CLIENT, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  mkdirSync('node_modules/.cache', { recursive: true });
  const directory = mkdtempSync(resolve('node_modules/.cache/recollect-readme-'));
  try {
    const path = join(directory, 'client.mjs');
    writeFileSync(path, outputText.replaceAll('127.0.0.1:4000', host));
    return ((await import(path)) as { client: ApolloClient }).client;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("README's Apollo Client", () => {
  it('compiles as it is shown', () => {
    const given = 'declare function freshAccessToken(): Promise<string>;\n';
    expect(errorsIn(given + APOLLO_CLIENT)).toEqual([]);
    expect(
      errorsIn(given + APOLLO_CLIENT.replace('retryAttempts: Infinity', 'retryAttempts: true')),
    ).toHaveLength(1);
  });

  it('sees everything once, though its connection is lost', async () => {
    const server = await startApp();
    const { token, userId } = await server.register();
    const record = () =>
      server.graphql(
        'mutation { recordInteraction(input: { question: "q" }) { interaction { revision } } }',
        {},
        token,
      );
    let connections = 0;
    const client = await load(new URL(server.url).host, () => {
      // The first token ends soon, and its connection with it.
      const seconds = connections++ === 0 ? 1 : 600;
      return server.app.get(AuthService).issueAccessToken(userId, seconds);
    });
    const seen: number[] = [];
    const watching = client
      .subscribe({ query: Added, variables: { after: 0 } })
      .subscribe(({ data }) => seen.push(data.interactionAdded.revision as number));
    let written = 0;
    for (; connections < 2; written++) await record();
    await record();
    await until(() => seen.length > written);
    const { data } = await client.query({ query: Sidebar });
    watching.unsubscribe();
    client.stop();
    await server.close();
    expect(seen).toEqual(Array.from({ length: written + 1 }, (_, index) => index + 2));
    expect(data.recentInteractions[0].revision).toBe(seen.at(-1));
  });
});
