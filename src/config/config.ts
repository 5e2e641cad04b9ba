import { isIP } from 'node:net';
import { z } from 'zod';

const flag = choice(['true', 'false']).transform((value) => value === 'true');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const HTTP = /^https?$/;
/** As many half-precision numbers as fit into a row that stays in one piece. */
export const MAX_DIMENSIONS = 4000;
const PROXIES = 'must be a number of proxies, or a list of addresses and ranges such as 10.0.0.0/8';
const proxies = z.union(
  [count(0, 32), list.refine((ranges) => ranges.length > 0 && ranges.every(isRange), PROXIES)],
  PROXIES,
);

function choice<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, `must be ${new Intl.ListFormat('en', { type: 'disjunction' }).format(names)}`);
}

function count(min: number, max: number) {
  const reason = `must be a whole number from ${min} to ${max.toLocaleString('en-US')}`;
  return z.coerce.number(reason).int(reason).min(min, reason).max(max, reason);
}

function characters(least: number) {
  return z.string().min(least, `must have at least ${least} characters`);
}

function address(protocol: RegExp, example: string) {
  return z.url({ protocol, error: `must be a URL such as ${example}` });
}

function isRange(text: string): boolean {
  const [address = '', bits = '1', ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)]!;
  return rest.length === 0 && /^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest;
}

/**
 * Every environment variable Recollect reads. The descriptions are the configuration table of the README,
 * which a test compares with this schema.
 */
export const environmentSchema = z.object({
  NODE_ENV: choice(['development', 'test', 'production'])
    .default('development')
    .describe('`production` turns introspection and GraphiQL off and demands a secret'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: count(0, 65_535).default(4000).describe('port to listen on; 0 takes a free one'),
  DATABASE_URL: address(/^postgres(ql)?$/, 'postgres://user:password@host:5432/database')
    .optional()
    .describe('PostgreSQL 15 or newer; without it an embedded PostgreSQL is started'),
  DATA_DIR: z
    .string()
    .default('.recollect')
    .describe('where the embedded PostgreSQL and the generated secret live'),
  DATABASE_POOL_SIZE: count(1, 200).default(10).describe('connections for writes and long reads'),
  DATABASE_PIPELINES: count(1, 64).default(4).describe('connections that carry short reads, many at a time'),
  DATABASE_TIMEOUT_SECONDS: count(1, 600)
    .default(4)
    .describe(
      'after which a caller is told `UNAVAILABLE` by a database that does not answer; large writes get a second a megabyte more',
    ),
  RECOLLECT_SECRET: characters(32)
    .optional()
    .describe(
      'at least 32 characters; signs access tokens and cursors; the same on every process; generated (0600) in DATA_DIR outside production',
    ),
  ACCESS_TOKEN_SECONDS: count(1, 86_400).default(900).describe('life of an access token'),
  REFRESH_TOKEN_DAYS: count(1, 365).default(30).describe('life of a refresh token'),
  LOCAL_ACCOUNTS: flag.default(true).describe('whether `register` and `login` are offered'),
  ADMIN_USERS: list
    .pipe(z.array(z.uuid('must be ids of users, comma-separated').toLowerCase()))
    .default([])
    .describe('ids of the users who are administrators, comma-separated; `{ me { id } }` tells them'),
  OIDC_ISSUER: address(HTTP, 'https://login.example.org')
    .optional()
    .describe('accept tokens of this issuer too; its users are created at first sight'),
  OIDC_AUDIENCE: z.string().optional().describe('audience such tokens must name; required with OIDC_ISSUER'),
  OIDC_JWKS_URL: address(HTTP, 'https://login.example.org/jwks.json')
    .optional()
    .describe("the issuer's key set; found by discovery when absent"),
  REDIS_URL: address(/^rediss?$/, 'redis://127.0.0.1:6379')
    .optional()
    .describe('carry wake-ups between processes through Redis instead of PostgreSQL NOTIFY'),
  SESSION_IDLE_TIMEOUT_SECONDS: count(1, 2_592_000)
    .default(900)
    .describe('idle time after which a session ends, unless the user or the session says otherwise'),
  SESSION_LIFETIME_SECONDS: count(1, 31_536_000)
    .optional()
    .describe('absolute life of a session; none by default'),
  SESSION_TOKEN_LIMIT: count(100, 10_000_000).default(4000).describe('token limit a session starts with'),
  SESSION_RETENTION_DAYS: count(1, 36_500)
    .optional()
    .describe('ended sessions older than this are deleted; off by default'),
  CHANGE_RETENTION_DAYS: count(1, 36_500)
    .optional()
    .describe('older changes go from the log, and clients that missed them read anew; off by default'),
  DELETION_RECEIPT_DAYS: count(1, 36_500)
    .optional()
    .describe('older receipts of deletions go; kept as long as their user by default'),
  COMPRESS_AFTER_DAYS: count(0, 36_500)
    .default(30)
    .describe('what is said in older interactions is kept compressed; 0 leaves them as they are'),
  BACKGROUND_SUMMARIES: flag
    .default(true)
    .describe('whether long and ended sessions are summarised in the background'),
  SUMMARY_FALLBACK: choice(['extractive', 'none'])
    .default('extractive')
    .describe(
      'what summarises when the model has failed 3 times: `extractive` (offline), or `none`, which keeps trying',
    ),
  BACKGROUND_TITLES: flag
    .default(true)
    .describe('whether sessions without a title get one from their first exchange, in the background'),
  BACKGROUND_LEARNING: flag
    .default(true)
    .describe('whether the profile of users is learnt from what they say, in the background'),
  REDACT_EMAILS: flag
    .default(false)
    .describe(
      'whether e-mail addresses are left out of summaries and profiles; keys, passwords and numbers of cards, bank accounts and social security always are',
    ),
  REDACT_PHONES: flag.default(false).describe('whether phone numbers are left out of summaries and profiles'),
  LLM_BASE_URL: address(HTTP, 'https://api.groq.com/openai/v1')
    .optional()
    .describe(
      'OpenAI-compatible endpoint, such as https://api.groq.com/openai/v1; without it summaries are extractive, and `sendMessage` answers from memory alone',
    ),
  LLM_API_KEY: z.string().optional().describe('key for LLM_BASE_URL'),
  LLM_MODEL: z.string().optional().describe('model to ask there; required with LLM_BASE_URL'),
  LLM_TIMEOUT_SECONDS: count(1, 600)
    .default(60)
    .describe(
      'how long the model may be silent: before its first token and between two; a summary or an extraction, which comes at once, may take as long',
    ),
  LLM_ANSWER_SECONDS: count(1, 86_400)
    .default(600)
    .describe('how long one answer of `sendMessage` may take in all'),
  LLM_MAX_OUTPUT_TOKENS: count(1, 1_000_000)
    .default(2048)
    .describe('how many tokens an answer of `sendMessage` may have, those a model thinks with included'),
  LLM_SYSTEM_PROMPT: z
    .string()
    .optional()
    .describe(
      'what the model is told to be in `sendMessage`, before what it is given to remember; a helpful assistant by default',
    ),
  CHAT_MESSAGES_PER_MINUTE: count(1, 1_000_000)
    .default(60)
    .describe('how many answers a user may ask for in a minute'),
  EMBEDDINGS_MODEL: z
    .string()
    .optional()
    .describe('embeds what is said, so that it is found by meaning too; off without it; needs pgvector'),
  EMBEDDINGS_BASE_URL: address(HTTP, 'https://api.openai.com/v1')
    .optional()
    .describe('OpenAI-compatible API of that model, such as `https://api.openai.com/v1`'),
  EMBEDDINGS_API_KEY: z.string().optional().describe('its key, if it wants one'),
  EMBEDDINGS_DIMENSIONS: count(1, MAX_DIMENSIONS)
    .optional()
    .describe('asks it for vectors of this length; its own by default'),
  BACKUP_DIRECTORY: z
    .string()
    .optional()
    .describe("where users' backups are kept; with several processes, one directory for all of them"),
  BACKUP_S3_BUCKET: z
    .string()
    .optional()
    .describe("bucket of an S3-compatible store where users' backups are kept, in place of BACKUP_DIRECTORY"),
  BACKUP_S3_ENDPOINT: address(HTTP, 'https://s3.example.org')
    .optional()
    .describe("address of that store; Amazon's by default"),
  BACKUP_S3_REGION: z.string().default('us-east-1').describe('its region'),
  BACKUP_S3_PREFIX: z.string().default('recollect/').describe('what the names of the objects begin with'),
  BACKUP_S3_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("key for that store; without it as Amazon's tools find theirs"),
  BACKUP_S3_SECRET_ACCESS_KEY: z.string().optional().describe('its secret'),
  BACKUP_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes as 64 hexadecimal digits')
    .optional()
    .describe(
      'encrypts backups with AES-256-GCM: 64 hexadecimal digits; keep it, they cannot be read without',
    ),
  TRUST_PROXY: proxies
    .default(0)
    .describe(
      'how many proxies in front extend X-Forwarded-For, or their addresses (`10.0.0.0/8,::1`); tells the address by which sign-in attempts are counted',
    ),
  ALLOWED_ORIGINS: list
    .default([])
    .describe('browser origins that may call, comma-separated; localhost is allowed outside production'),
  INTROSPECTION: flag.optional().describe('schema introspection; on outside production'),
  GRAPHIQL: flag.optional().describe('GraphiQL at /graphiql; on outside production'),
  GRAPHQL_JIT: flag
    .default(true)
    .describe('execute with compiled queries; `false` uses the reference executor'),
  MAX_BODY_BYTES: count(1024, 268_435_456)
    .default(16_777_216)
    .describe('largest HTTP request body of who has signed in; 262144 of who has not'),
  MAX_IMPORT_BYTES: count(1024, 1_099_511_627_776)
    .default(1_073_741_824)
    .describe('largest file that `POST /import` takes'),
  REQUEST_TIMEOUT_SECONDS: count(1, 3600)
    .default(30)
    .describe('how long an HTTP request may take to arrive, body included'),
  METRICS_TOKEN: characters(16)
    .optional()
    .describe('bearer token for /metrics; without it /metrics is off in production'),
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('least severe level that is logged'),
});

type Environment = z.infer<typeof environmentSchema>;

/** The environment, checked and complete; frozen at boot. */
export type Config = Readonly<
  Omit<Environment, 'INTROSPECTION' | 'GRAPHIQL'> & { INTROSPECTION: boolean; GRAPHIQL: boolean }
>;

/** Injection token of {@link Config}. */
export const CONFIG = Symbol('CONFIG');

/** Parses the environment. Throws one Error that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const known = Object.fromEntries(
    Object.keys(environmentSchema.shape)
      .map((name) => [name, env[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(known);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])} ${message}`);
    throw new Error(`The environment is not usable:\n${[...new Set(reasons)].join('\n')}`);
  }
  const values = parsed.data;
  const production = values.NODE_ENV === 'production';
  if (production && !values.RECOLLECT_SECRET) {
    throw new Error(
      'RECOLLECT_SECRET is required with NODE_ENV=production: set at least 32 random characters.',
    );
  }
  if (values.OIDC_ISSUER && !values.OIDC_AUDIENCE) {
    throw new Error('OIDC_AUDIENCE is required with OIDC_ISSUER.');
  }
  if (values.BACKUP_DIRECTORY && values.BACKUP_S3_BUCKET) {
    throw new Error('BACKUP_DIRECTORY and BACKUP_S3_BUCKET cannot both be set.');
  }
  if (!values.BACKUP_S3_ACCESS_KEY_ID !== !values.BACKUP_S3_SECRET_ACCESS_KEY) {
    throw new Error('BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY belong together.');
  }
  if (values.LLM_BASE_URL && !values.LLM_MODEL) {
    throw new Error('LLM_MODEL is required with LLM_BASE_URL.');
  }
  if (values.EMBEDDINGS_MODEL && !values.EMBEDDINGS_BASE_URL) {
    throw new Error('EMBEDDINGS_BASE_URL is required with EMBEDDINGS_MODEL.');
  }
  return Object.freeze({
    ...values,
    INTROSPECTION: values.INTROSPECTION ?? !production,
    GRAPHIQL: values.GRAPHIQL ?? !production,
  });
}
