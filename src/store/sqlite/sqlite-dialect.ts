import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteClient } from './sqlite-client.ts';
import type { SqliteStatement, SqliteUnit, SqliteValue } from './sqlite-message.ts';

/** The query builder's dialect over the SQLite thread. Transactions go through `SqlDatabase.atomically`. */
export function createSqliteDialect(client: SqliteClient): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(client),
    createIntrospector: (query) => new SqliteIntrospector(query),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** @throws TypeError for a parameter that SQLite has no type for. */
export function toUnit(queries: readonly CompiledQuery[]): SqliteUnit {
  return {
    isWrite: queries.some((query) => query.query.kind !== 'SelectQueryNode'),
    statements: queries.map(toStatement),
  };
}

function toStatement(query: CompiledQuery): SqliteStatement {
  return { sql: query.sql, parameters: query.parameters.map(toValue) };
}

function toValue(parameter: unknown): SqliteValue {
  if (parameter === null || parameter instanceof Uint8Array) return parameter;
  if (typeof parameter === 'string') return parameter;
  if (typeof parameter === 'number' || typeof parameter === 'bigint') return parameter;
  throw new TypeError(`no SQLite type for a ${typeof parameter}`);
}

class SqliteDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(client: SqliteClient) {
    this.#connection = {
      executeQuery: (query) => execute(client, query),
      streamQuery: () => {
        throw new Error('invariant broken: a query is read as a whole');
      },
    };
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection);
  }

  beginTransaction(): Promise<void> {
    return refuseTransaction();
  }

  commitTransaction(): Promise<void> {
    return refuseTransaction();
  }

  rollbackTransaction(): Promise<void> {
    return refuseTransaction();
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

/** An open transaction would hold up the group commit of everybody else. */
function refuseTransaction(): Promise<never> {
  return Promise.reject(new Error('invariant broken: transactions go through atomically()'));
}

async function execute<Row>(client: SqliteClient, query: CompiledQuery): Promise<QueryResult<Row>> {
  const [result] = await client.run(toUnit([query]));
  if (result === undefined) throw new Error('invariant broken: a statement has a result');
  return { rows: result.rows as Row[], numAffectedRows: BigInt(result.affectedRows) };
}
