import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { TrunklineError } from '../core/errors.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Tables } from './tables.ts';
import type { WallClock } from './wall-clock.ts';

interface Migration {
  readonly name: string;
  readonly statements: (query: Kysely<Tables>) => readonly CompiledQuery[];
}

/** Forward only: a published migration is never changed, a new one is put at the end. */
const MIGRATIONS: readonly Migration[] = [
  { name: 'accounts-and-keys', statements: accountsAndKeys },
  { name: 'calls', statements: calls },
  { name: 'idempotency-keys', statements: idempotencyKeys },
  { name: 'sip-ladders', statements: sipLadders },
  { name: 'carriers', statements: carriers },
  { name: 'sip-users', statements: sipUsers },
  { name: 'recordings', statements: recordings },
  { name: 'call-quality', statements: callQuality },
];

/**
 * Brings the database to the newest form, one transaction per migration.
 * @throws TrunklineError `store-unavailable` when the database is newer than this program.
 */
export async function migrate(database: SqlDatabase, clock: WallClock): Promise<void> {
  await database.atomically([createMigrationsTable(database.query)]);
  const applied = await database.query.selectFrom('migrations').select('number').execute();
  if (applied.length > MIGRATIONS.length) {
    throw new TrunklineError(
      'store-unavailable',
      'the database was written by a newer version of Trunkline',
    );
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < applied.length) continue;
    await database.atomically([
      ...migration.statements(database.query),
      database.query
        .insertInto('migrations')
        .values({
          number: index + 1,
          name: migration.name,
          applied_at: clock.now().toISOString(),
        })
        .compile(),
    ]);
  }
}

function createMigrationsTable(query: Kysely<Tables>): CompiledQuery {
  return query.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'text', (column) => column.notNull())
    .compile();
}

function accountsAndKeys({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema
      .createTable('accounts')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('api_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('secrets')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .compile(),
  ];
}

function calls({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    createCallsTable(schema),
    schema
      .createIndex('calls_newest_first')
      .on('calls')
      .columns(['account_id', 'created_at desc', 'id desc'])
      .compile(),
    schema
      .createIndex('calls_unfinished')
      .on('calls')
      .column('id')
      .where(sql.ref('completed'), '=', sql.lit(0))
      .compile(),
    schema
      .createTable('call_events')
      .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('delivered_at', 'text')
      .addPrimaryKeyConstraint('call_events_key', ['call_id', 'sequence'])
      .compile(),
    schema
      .createIndex('call_events_undelivered')
      .on('call_events')
      .columns(['at', 'call_id', 'sequence'])
      .where(sql.ref('delivered_at'), 'is', null)
      .compile(),
    schema
      .createTable('transcript_turns')
      .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id'))
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('speaker', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('interrupted', 'integer', (column) => column.notNull())
      .addColumn('at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('transcript_turns_key', ['call_id', 'position'])
      .compile(),
    schema
      .createTable('turn_traces')
      .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id'))
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('trace', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('turn_traces_key', ['call_id', 'position'])
      .compile(),
  ];
}

function createCallsTable(schema: Kysely<Tables>['schema']): CompiledQuery {
  return schema
    .createTable('calls')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('from_number', 'text', (column) => column.notNull())
    .addColumn('to_number', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('call_status', 'text')
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('mode_requested', 'text', (column) => column.notNull())
    .addColumn('voice_requested', 'text', (column) => column.notNull())
    .addColumn('voice_used', 'text', (column) => column.notNull())
    .addColumn('provider_notes', 'text', (column) => column.notNull())
    .addColumn('campaign_id', 'text')
    .addColumn('lead_id', 'text')
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('started_at', 'text')
    .addColumn('ended_at', 'text')
    .addColumn('answered_monotonic_ms', 'double precision')
    .addColumn('duration_ms', 'double precision', (column) => column.notNull())
    .addColumn('end_reason', 'text')
    .addColumn('ended_by', 'text')
    .addColumn('sip_status', 'integer')
    .addColumn('sip_reason', 'text')
    .addColumn('end_detail', 'text')
    .addColumn('recording_path', 'text')
    .addColumn('sip_call_id', 'text')
    .addColumn('carrier', 'text')
    .addColumn('completed', 'integer', (column) => column.notNull())
    .compile();
}

function idempotencyKeys({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema
      .createTable('idempotency_keys')
      .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('status', 'integer')
      .addColumn('body', 'text')
      .addColumn('expires_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_keys_key', ['account_id', 'key'])
      .compile(),
    schema
      .createIndex('idempotency_keys_expiry')
      .on('idempotency_keys')
      .column('expires_at')
      .compile(),
  ];
}

function sipLadders({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema
      .createTable('sip_ladders')
      .addColumn('call_id', 'text', (column) => column.primaryKey().references('calls.id'))
      .addColumn('ladder', 'text', (column) => column.notNull())
      .addColumn('saved_at', 'text', (column) => column.notNull())
      .compile(),
    schema.createIndex('sip_ladders_age').on('sip_ladders').column('saved_at').compile(),
  ];
}

function carriers({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema
      .createTable('carriers')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
      .addColumn('sid', 'text', (column) => column.notNull().unique())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('secrets', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('daily_usage')
      .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('calls', 'integer', (column) => column.notNull())
      .addColumn('minutes', 'integer', (column) => column.notNull())
      .addColumn('micro_usd', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('daily_usage_key', ['account_id', 'day'])
      .compile(),
  ];
}

function sipUsers({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema
      .createTable('sip_users')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
      .addColumn('username', 'text', (column) => column.notNull().unique())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('secrets', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('sip_registrations')
      .addColumn('user_id', 'text', (column) => column.primaryKey())
      .addColumn('bindings', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .compile(),
  ];
}

function recordings({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [
    schema.alterTable('calls').addColumn('recording_ms', 'double precision').compile(),
    schema.alterTable('calls').addColumn('recording_error', 'text').compile(),
  ];
}

function callQuality({ schema }: Kysely<Tables>): readonly CompiledQuery[] {
  return [schema.alterTable('calls').addColumn('quality', 'text').compile()];
}
