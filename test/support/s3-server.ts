import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Misbehaviour = 'error' | 'cut' | 'silent' | 'denied';

export interface S3Server {
  url: string;
  /** What it keeps, by path: `/bucket/key`. */
  objects: Map<string, Buffer>;
  /** Method and path of the requests it got. */
  requests: string[];
  /** What it does with the next requests, one each; then it behaves again. */
  next(...misbehaviours: Misbehaviour[]): void;
  close(): Promise<void>;
}

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-test-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/;

/** An S3-compatible store on loopback that wants signed requests, and misbehaves on demand. */
export async function startS3Server(): Promise<S3Server> {
  const queue: Misbehaviour[] = [];
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://any').pathname;
    requests.push(`${request.method} ${path}`);
    const refuse = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    void bodyOf(request).then(
      (body) => {
        if (!SIGNED.test(request.headers.authorization ?? '')) return refuse(403, 'AccessDenied');
        switch (queue.shift()) {
          case 'error':
            return refuse(500, 'InternalError');
          case 'denied':
            return refuse(403, 'SignatureDoesNotMatch');
          case 'silent':
            return;
          case 'cut':
            response.writeHead(200, { 'content-length': 1_000_000 });
            return response.write('cut', () => response.destroy());
          case undefined:
        }
        const object = objects.get(path);
        switch (request.method) {
          case 'PUT':
            if (request.headers['x-amz-checksum-sha256'] !== digestOf(body)) return refuse(400, 'BadDigest');
            objects.set(path, body);
            return response.writeHead(200).end();
          case 'GET':
            return object ? response.writeHead(200).end(object) : refuse(404, 'NoSuchKey');
          default:
            objects.delete(path);
            return response.writeHead(204).end();
        }
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    next: (...misbehaviours) => void queue.push(...misbehaviours),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const digestOf = (body: Buffer) => createHash('sha256').update(body).digest('base64');

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
