import type { Selectable } from 'kysely';
import type { CallEvent, RecordingOutcome } from '../call/call-event.ts';
import { type CallQuery, conditionsOf } from './call-query.ts';
import {
  type CallDetail,
  type CallRecord,
  type NewCall,
  SIGNALING_EVENTS,
  type StampedSignalingEvent,
  type TranscriptTurn,
  type TurnTrace,
} from './call-record.ts';
import { toRecord, toRow, toTranscriptTurn } from './call-rows.ts';
import { eventStatements } from './event-statements.ts';
import type { SqlDatabase, Statement } from './sql-database.ts';
import type { CallsTable } from './tables.ts';
import { isoTimeAt, type WallClock } from './wall-clock.ts';

export interface CallPage {
  readonly calls: readonly CallRecord[];
  readonly hasMore: boolean;
}

/** Calls and their events. Everything is asynchronous; writes take effect in the order they were asked for. */
export class CallStore {
  readonly #database: SqlDatabase;
  readonly #clock: WallClock;
  /** Calls of this run that are not finished: no orphans. */
  readonly #running = new Set<string>();

  constructor(database: SqlDatabase, clock: WallClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Stores a call that is about to begin, together with `also` (all or none). */
  async create(call: NewCall, also: readonly Statement[] = []): Promise<void> {
    const { callId } = call.spec;
    const row = toRow(call, this.#clock.now().toISOString());
    const insert = this.#database.query.insertInto('calls').values(row).compile();
    this.#running.add(callId);
    try {
      await this.#database.atomically([insert, ...also]);
    } catch (error) {
      this.#running.delete(callId);
      throw error;
    }
  }

  /** Removes a call that {@link create} stored and that then could not begin. Runs `also` with it. */
  async discard(callId: string, also: readonly Statement[] = []): Promise<void> {
    const { query } = this.#database;
    this.#running.delete(callId);
    await this.#database.atomically([
      query.deleteFrom('call_events').where('call_id', '=', callId).compile(),
      query.deleteFrom('transcript_turns').where('call_id', '=', callId).compile(),
      query.deleteFrom('turn_traces').where('call_id', '=', callId).compile(),
      query.deleteFrom('calls').where('id', '=', callId).compile(),
      ...also,
    ]);
  }

  /** Writes events of a call into the outbox and what follows from them into its row, all or none. */
  async append(callId: string, events: readonly CallEvent[]): Promise<void> {
    if (events.length === 0) return;
    if (events.some((event) => event.type === 'finished')) this.#running.delete(callId);
    await this.#database.atomically(
      events.flatMap((event) =>
        eventStatements(this.#database.query, {
          callId,
          event,
          at: isoTimeAt(this.#clock, event.atMs),
        }),
      ),
    );
  }

  async find(accountId: string, callId: string): Promise<CallDetail | undefined> {
    const row = await this.#database.query
      .selectFrom('calls')
      .selectAll()
      .where('id', '=', callId)
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const [transcripts, turns, signaling] = await Promise.all([
      this.#transcriptsOf([callId]),
      this.#tracesOf(callId),
      this.#signalingOf(callId),
    ]);
    return { ...toRecord(row, transcripts.get(callId) ?? []), turns, signaling };
  }

  /** Newest first. */
  async list(query: CallQuery): Promise<CallPage> {
    const rows = await this.#database.query
      .selectFrom('calls')
      .selectAll()
      .where((eb) => conditionsOf(eb, query))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const page = rows.slice(0, query.limit);
    const transcripts = await this.#transcriptsOf(page.map((row) => row.id));
    return {
      calls: page.map((row) => toRecord(row, transcripts.get(row.id) ?? [])),
      hasMore: rows.length > query.limit,
    };
  }

  /**
   * Ends the calls that an earlier run left unfinished as failed (`internal-error`), up to the last moment that is known of
   * them, and returns their ids. A call is closed once, whatever happens in between. `recordingOf` says what became of the recording of
   * a call.
   */
  async closeOrphans(
    recordingOf: (callId: string) => RecordingOutcome = () => ({}),
  ): Promise<readonly string[]> {
    const rows = await this.#database.query
      .selectFrom('calls')
      .selectAll()
      .where('completed', '=', 0)
      .execute();
    const orphans = rows.filter((row) => !this.#running.has(row.id));
    for (const orphan of orphans) await this.#closeOrphan(orphan, recordingOf(orphan.id));
    return orphans.map((orphan) => orphan.id);
  }

  async #closeOrphan(row: Selectable<CallsTable>, recording: RecordingOutcome): Promise<void> {
    const lastSeen = (await this.#lastEventTime(row.id)) ?? row.created_at;
    const endedAt = row.ended_at ?? lastSeen;
    const atMs = this.#clock.monotonicNow();
    const ended: CallEvent = {
      type: 'ended',
      atMs,
      termination: { reason: 'internal-error', by: 'system', detail: 'process ended' },
    };
    const durationMs =
      row.started_at === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(row.started_at));
    const finished: CallEvent = { type: 'finished', atMs, durationMs, ...recording };
    const events = row.ended_at === null ? [ended, finished] : [finished];
    await this.#database.atomically(
      events.flatMap((event) =>
        eventStatements(this.#database.query, { callId: row.id, event, at: endedAt }),
      ),
    );
  }

  async #lastEventTime(callId: string): Promise<string | undefined> {
    const row = await this.#database.query
      .selectFrom('call_events')
      .select('at')
      .where('call_id', '=', callId)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.at;
  }

  async #transcriptsOf(
    callIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly TranscriptTurn[]>> {
    if (callIds.length === 0) return new Map();
    const rows = await this.#database.query
      .selectFrom('transcript_turns')
      .selectAll()
      .where('call_id', 'in', callIds)
      .orderBy('call_id')
      .orderBy('position')
      .execute();
    const byCall = new Map<string, TranscriptTurn[]>();
    for (const row of rows) {
      const turns = byCall.get(row.call_id);
      if (turns === undefined) byCall.set(row.call_id, [toTranscriptTurn(row)]);
      else turns.push(toTranscriptTurn(row));
    }
    return byCall;
  }

  async #signalingOf(callId: string): Promise<readonly StampedSignalingEvent[]> {
    const rows = await this.#database.query
      .selectFrom('call_events')
      .select(['payload', 'at'])
      .where('call_id', '=', callId)
      .where('type', 'in', SIGNALING_EVENTS)
      .orderBy('sequence')
      .execute();
    return rows.map(({ payload, at }) => ({ event: JSON.parse(payload), at }));
  }

  async #tracesOf(callId: string): Promise<readonly TurnTrace[]> {
    const rows = await this.#database.query
      .selectFrom('turn_traces')
      .select('trace')
      .where('call_id', '=', callId)
      .orderBy('position')
      .execute();
    return rows.map((row): TurnTrace => JSON.parse(row.trace));
  }
}
