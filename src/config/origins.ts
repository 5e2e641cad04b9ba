import type { Config } from './config.js';

const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Whether a browser page of this origin may call; over HTTP and WebSocket alike. */
export function isAllowedOrigin(config: Config, origin: string): boolean {
  if (config.ALLOWED_ORIGINS.includes(origin)) return true;
  return config.NODE_ENV !== 'production' && LOCAL.test(origin);
}
