import { LiveService } from '../../src/live/live.service.js';
import { MAX_STRANGERS, MAX_STRANGERS_PER_NETWORK } from '../../src/live/strangers.js';
import { startApp, type TestApp } from '../support/app.js';
import { openSocket, until } from '../support/sockets.js';

type Socket = Awaited<ReturnType<typeof openSocket>>;

let app: TestApp;
const open: Socket[] = [];

/** A socket that says nothing, from an address as its proxy tells it. */
async function silent(address: string): Promise<Socket> {
  const socket = await openSocket(app.wsUrl, undefined, { headers: { 'x-forwarded-for': address } });
  open.push(socket);
  return socket;
}

/** The first of them has waited longest. All together, since none is let wait for more than 10 s. */
async function crowd(size: number, addressOf: (index: number) => string): Promise<Socket[]> {
  const first = await silent(addressOf(0));
  const others = Array.from({ length: size - 1 }, (_, index) => silent(addressOf(index + 1)));
  return [first, ...(await Promise.all(others))];
}

const isOpen = ({ socket }: Socket) => socket.readyState === socket.OPEN;

async function signIn({ send, answer }: Socket): Promise<void> {
  const { token } = await app.register();
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await answer('connection_ack');
}

afterEach(async () => {
  for (const { socket } of open.splice(0)) socket.terminate();
  await until(() => app.app.get(LiveService).counters.sockets === 0);
});

describe('sockets that do not sign in, behind a proxy', () => {
  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '1' });
  });
  afterAll(() => app.close());

  it.each([
    ['of one address', () => '198.51.100.7'],
    ['of one IPv6 network', (index: number) => `2001:db8:1:2::${index.toString(16)}`],
  ])('%s make room for the next, the longest silent first', async (_, addressOf) => {
    const neighbour = await silent('203.0.113.9');
    const [first, ...others] = await crowd(MAX_STRANGERS_PER_NETWORK, addressOf);
    expect(isOpen(first!)).toBe(true);
    await signIn(await silent(addressOf(MAX_STRANGERS_PER_NETWORK)));
    expect(await first!.closed).toMatchObject({ code: 1006 });
    expect([neighbour, ...others].every(isOpen)).toBe(true);
    await silent(addressOf(0)); // whoever has signed in takes up no room
    expect([neighbour, ...others].every(isOpen)).toBe(true);
  });

  it('of many addresses make room too', async () => {
    const [first, ...others] = await crowd(MAX_STRANGERS, (index) => `198.51.100.${index % 200}`);
    expect(isOpen(first!)).toBe(true);
    await signIn(await silent('203.0.113.9'));
    expect(await first!.closed).toMatchObject({ code: 1006 });
    expect(others.every(isOpen)).toBe(true);
  });
});

describe('without a proxy that is trusted', () => {
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('nobody can say to be of many addresses', async () => {
    const [first] = await crowd(MAX_STRANGERS_PER_NETWORK + 1, (index) => `198.51.100.${index}`);
    expect(await first!.closed).toMatchObject({ code: 1006 });
  });
});
