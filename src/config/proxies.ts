import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { Config } from './config.js';

type Trust = (address: string, hop: number) => boolean;

/**
 * Who may say for whom it asks. Always a function: Fastify takes a number for nobody, and `true` for the first address
 * of all, which every caller can write.
 */
export function trustOf({ TRUST_PROXY: proxies }: Config): Trust {
  return typeof proxies === 'number' ? (_, hop) => hop < proxies : proxyAddress.compile(proxies);
}

/** Where a request comes from, found as Fastify finds its `request.ip`; '' when the caller is gone already. */
export function addressOf(request: IncomingMessage, trust: Trust): string {
  return proxyAddress(request, trust) ?? '';
}
