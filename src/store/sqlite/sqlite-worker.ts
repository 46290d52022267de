import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteBatchRunner } from './sqlite-batch.ts';
import type { SqliteReply, SqliteRequest } from './sqlite-message.ts';

/** The SQLite thread: the only place where a database call blocks. */

const BUSY_TIMEOUT_MS = 2_000;

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  // A second process would take the calls of the first for orphans.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('BEGIN IMMEDIATE; COMMIT');
  return database;
}

function reply(message: SqliteReply): void {
  parentPort?.postMessage(message);
}

function serve(database: DatabaseSync): void {
  const runner = new SqliteBatchRunner(database);
  parentPort?.on('message', (request: SqliteRequest) => {
    if (request.type === 'batch') {
      reply({ type: 'batch-done', results: runner.run(request.units) });
      return;
    }
    database.close();
    parentPort?.close();
  });
  reply({ type: 'opened' });
}

try {
  serve(open(String(workerData)));
} catch (error) {
  reply({ type: 'open-failed', error: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}
