import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { userOf } from './token.ts';

/** With it each request runs as the role that row-level security holds, in a transaction of its own. */
const withSettings = process.env.PG_SETTINGS === 'true';

/** Of the functions it offers the one that every write goes through. */
const onlyApplyCommands: GraphileConfig.Plugin = {
  name: 'OnlyApplyCommands',
  schema: {
    entityBehavior: {
      pgResource: {
        override: {
          provides: ['onlyApplyCommands'],
          callback: (behavior, { name, parameters }) =>
            parameters && name !== 'apply_commands' ? [behavior, '-*'] : behavior,
        },
      },
    },
  },
};

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [onlyApplyCommands],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL!,
      schemas: ['public'],
      poolConfig: { max: Number(process.env.POOL_SIZE) },
    }),
  ],
  grafserv: { graphiql: false, watch: false, websockets: false },
  grafast: {
    explain: false,
    context: async ({ node }) => {
      const userId = await userOf(node?.req.headers.authorization);
      return withSettings ? { pgSettings: { role: 'recollect_app', 'recollect.user_id': userId } } : {};
    },
  },
};

const instance = postgraphile(preset);
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), '127.0.0.1');
