import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StatementResult } from '../sql-database.ts';
import type { SqliteStatement, SqliteUnit, SqliteUnitResult } from './sqlite-message.ts';

const MAX_PREPARED = 200;

/** Runs batches of units on one open database: one transaction, and so one fsync, for all writes of a batch. */
export class SqliteBatchRunner {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** A unit that fails leaves no trace and does not hurt the others; when the commit fails, every write failed. */
  run(units: readonly SqliteUnit[]): readonly SqliteUnitResult[] {
    if (!units.some((unit) => unit.isWrite)) return units.map((unit) => this.#runUnit(unit));
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const results = units.map((unit) => this.#runInSavepoint(unit));
      this.#database.exec('COMMIT');
      return results;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return units.map(() => failure(error));
    }
  }

  #runInSavepoint(unit: SqliteUnit): SqliteUnitResult {
    this.#database.exec('SAVEPOINT unit');
    const result = this.#runUnit(unit);
    // A full disk rolls the whole transaction back, the savepoint with it.
    if (!this.#database.isTransaction)
      throw new Error(result.ok ? 'transaction lost' : result.error);
    if (!result.ok) this.#database.exec('ROLLBACK TO unit');
    this.#database.exec('RELEASE unit');
    return result;
  }

  #runUnit(unit: SqliteUnit): SqliteUnitResult {
    try {
      return { ok: true, results: unit.statements.map((each) => this.#runStatement(each)) };
    } catch (error) {
      return failure(error);
    }
  }

  #runStatement({ sql, parameters }: SqliteStatement): StatementResult {
    const statement = this.#prepare(sql);
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters);
      return { rows, affectedRows: rows.length };
    }
    return { rows: [], affectedRows: Number(statement.run(...parameters).changes) };
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
    this.#prepared.set(sql, statement);
    return statement;
  }
}

function failure(error: unknown): SqliteUnitResult {
  return { ok: false, error: error instanceof Error ? error.message : String(error) };
}
