import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { codeOf, startApp, type TestApp } from '../support/app.js';

const AUDIENCE = 'recollect-api';
const ME = '{ me { id email revision } }';

/** An OpenID provider as far as a resource server sees it: a discovery document and a key set. */
class Provider {
  readonly requests: string[] = [];
  failing = false;
  private server: Server;
  private keys: Awaited<ReturnType<typeof generateKeyPair>>;

  async start(port = 0): Promise<void> {
    this.keys ??= await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(this.keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    this.server = createServer((request, response) => {
      this.requests.push(request.url!);
      if (this.failing) return void response.writeHead(503).end();
      const documents: Record<string, object> = {
        '/.well-known/openid-configuration': { issuer: this.issuer, jwks_uri: `${this.issuer}/keys` },
        '/keys': { keys: [jwk] },
      };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(documents[request.url!] ?? {}));
    });
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get publicKey(): Promise<string> {
    return exportSPKI(this.keys.publicKey);
  }

  token(
    claims: JWTPayload,
    header: { alg?: string; kid?: string } = {},
    key: unknown = this.keys.privateKey,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.issuer, aud: AUDIENCE, iat: now, exp: now + 600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
      .sign(key as Uint8Array);
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

describe('an external issuer', () => {
  const provider = new Provider();
  let server: TestApp;

  beforeAll(async () => {
    await provider.start();
    server = await startApp({ OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE });
  });
  afterAll(async () => {
    await server.close();
    await provider.stop();
  });

  const me = async (token: string) => {
    const answer = await server.graphql(ME, {}, token);
    return { code: codeOf(answer), me: answer.body.data?.me as { id: string } | null | undefined };
  };

  it('brings its users, created at first sight, once', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, index) => provider.token({ sub: 'ada', jti: String(index) })),
    );
    const answers = await Promise.all(tokens.map(me));
    expect(new Set(answers.map((answer) => answer.me?.id)).size).toBe(1);
    expect(answers[0]!.me).toEqual({ id: expect.any(String), email: null, revision: 0 });
    const other = await me(await provider.token({ sub: 'grace' }));
    expect(other.me!.id).not.toBe(answers[0]!.me!.id);
    const again = await me(await provider.token({ sub: 'ada', jti: 'later' }));
    expect(again.me).toEqual(answers[0]!.me);
  });

  it('is asked for its keys once', async () => {
    await me(await provider.token({ sub: 'ada', jti: 'x' }));
    await me(await provider.token({ sub: 'ada', jti: 'y' }));
    expect(provider.requests).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('and our own accounts live side by side', async () => {
    const own = await server.register();
    expect((await me(own.token)).me?.id).toBe(own.userId);
  });

  it.each<[string, () => Promise<string>]>([
    ['for another audience', () => provider.token({ sub: 'ada', aud: 'another-api' })],
    ['without an audience', () => provider.token({ sub: 'ada', aud: undefined })],
    ['without a subject', () => provider.token({})],
    ['with an unusable subject', () => provider.token({ sub: 'a\0b' })],
    ['with an endless subject', () => provider.token({ sub: 'x'.repeat(256) })],
    ['without an expiry', () => provider.token({ sub: 'ada', exp: undefined })],
    ['without a time of issue', () => provider.token({ sub: 'ada', iat: undefined })],
    ['that has expired', () => provider.token({ sub: 'ada', exp: Math.floor(Date.now() / 1000) - 1 })],
    ['issued in the future', () => provider.token({ sub: 'ada', iat: Math.floor(Date.now() / 1000) + 120 })],
    ['that claims to be ours', () => provider.token({ sub: 'ada', iss: 'recollect', aud: 'recollect' })],
    ['that claims another issuer', () => provider.token({ sub: 'ada', iss: 'https://issuer.example' })],
    ['of a key that is not in the set', () => provider.token({ sub: 'ada' }, { kid: 'two' })],
    [
      'signed with another private key',
      async () => provider.token({ sub: 'ada' }, {}, (await generateKeyPair('RS256')).privateKey),
    ],
    [
      'signed with its public key as if it were a secret',
      async () => provider.token({ sub: 'ada' }, { alg: 'HS256' }, Buffer.from(await provider.publicKey)),
    ],
  ])('is not believed a token %s', async (_, token) => {
    expect((await me(await token())).code).toBe('UNAUTHENTICATED');
  });

  it('lets its users leave: log-out without a refresh token, deletion by confirming', async () => {
    const token = await provider.token({ sub: 'leaver' });
    const { me: leaver } = await me(token);
    expect((await server.graphql('mutation { logout }', {}, token)).body.data.logout).toBe(true);
    expect(codeOf(await server.graphql('mutation { deleteMe { kind } }', {}, token))).toBe('BAD_USER_INPUT');
    const gone = await server.graphql('mutation { deleteMe(confirm: true) { kind } }', {}, token);
    expect(gone.body.data.deleteMe).toEqual({ kind: 'USER' });
    expect((await me(token)).code).toBe('UNAUTHENTICATED');
    const back = await me(await provider.token({ sub: 'leaver', jti: 'a new sign-in' }));
    expect(back.me?.id).not.toBe(leaver!.id);
  });
});

describe('an issuer that does not answer', () => {
  it('is UNAVAILABLE, and works again once it is back; our own accounts do not notice', async () => {
    const provider = new Provider();
    await provider.start();
    const token = await provider.token({ sub: 'ada' });
    const port = Number(new URL(provider.issuer).port);
    const server = await startApp({ OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE });
    const ask = () => server.graphql(ME, {}, token);
    try {
      provider.failing = true;
      expect(codeOf(await ask())).toBe('UNAVAILABLE');
      await provider.stop();
      expect(codeOf(await ask())).toBe('UNAVAILABLE');
      const own = await server.register();
      expect((await server.graphql(ME, {}, own.token)).body.data.me.id).toBe(own.userId);
      provider.failing = false;
      await provider.start(port);
      expect((await ask()).body.data.me.revision).toBe(0);
    } finally {
      await server.close();
      await provider.stop();
    }
  });
});
