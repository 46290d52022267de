import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import type { SqlDatabase } from '../sql-database.ts';
import type { Tables } from '../tables.ts';
import { SqliteClient, type SqliteClientOptions } from './sqlite-client.ts';
import { createSqliteDialect, toUnit } from './sqlite-dialect.ts';

/** Opens (or makes) the file, readable by its owner's group at most. @throws TrunklineError `store-unavailable` */
export async function openSqlite(options: SqliteClientOptions): Promise<SqlDatabase> {
  mkdirSync(dirname(options.file), { recursive: true, mode: 0o750 });
  const client = await SqliteClient.open(options);
  return {
    query: new Kysely<Tables>({ dialect: createSqliteDialect(client) }),
    atomically: (statements) => client.run(toUnit(statements)),
    close: () => client.close(),
  };
}
