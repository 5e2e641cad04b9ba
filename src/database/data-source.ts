import { DataSource, getMetadataArgsStorage, type DataSourceOptions } from 'typeorm';
import { Client, connectionOptions, type Role } from './connection.js';

/**
 * A data source for every entity class that has been loaded: features own their entities, and this folder
 * imports no feature. Its pool is the one pool of the service.
 */
export function createDataSource(
  url: string,
  role: Role,
  options: Partial<DataSourceOptions> = {},
  timeoutSeconds?: number,
): DataSource {
  return new DataSource({
    type: 'postgres',
    entities: getMetadataArgsStorage().tables.flatMap(({ target }) =>
      typeof target === 'function' ? [target] : [],
    ),
    synchronize: false,
    installExtensions: false,
    // A lost idle connection is no news: the pool drops it, and the next statement opens another.
    poolErrorHandler: () => {},
    ...options,
    extra: {
      ...connectionOptions(url, role, 'pool', timeoutSeconds),
      idleTimeoutMillis: 300_000,
      Client,
      ...(options.extra as object | undefined),
    },
  } as DataSourceOptions);
}
