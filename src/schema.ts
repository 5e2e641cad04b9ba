import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { printSchema } from 'graphql';
import { AppModule } from './app.module.js';
import { loadConfig } from './config/config.js';

/** The text of schema.gql. In preview nothing is started and nothing is connected to. */
export async function schemaText(): Promise<string> {
  const config = loadConfig({ RECOLLECT_SECRET: 'unused by a service that serves nobody' });
  const app = await NestFactory.createApplicationContext(AppModule.with(config), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  const text = printSchema(app.get(GraphQLSchemaHost).schema);
  await app.close();
  return `# Written by \`npm run schema\`; a test compares it with the code.\n\n${text}\n`;
}
