/**
 * The tables, in types that every SQL database has: ids and enumerations are text, wall times are ISO 8601 text in UTC with
 * milliseconds (so that they sort as text), truth values are 0 and 1, structured values are JSON text.
 */
export interface Tables {
  readonly migrations: MigrationsTable;
  readonly accounts: AccountsTable;
  readonly api_keys: ApiKeysTable;
  readonly secrets: SecretsTable;
  readonly calls: CallsTable;
  readonly call_events: CallEventsTable;
  readonly transcript_turns: TranscriptTurnsTable;
  readonly turn_traces: TurnTracesTable;
  readonly idempotency_keys: IdempotencyKeysTable;
  readonly sip_ladders: SipLaddersTable;
  readonly carriers: CarriersTable;
  readonly daily_usage: DailyUsageTable;
  readonly sip_users: SipUsersTable;
  readonly sip_registrations: SipRegistrationsTable;
}

interface MigrationsTable {
  number: number;
  name: string;
  applied_at: string;
}

interface AccountsTable {
  id: string;
  name: string;
  created_at: string;
}

interface ApiKeysTable {
  id: string;
  account_id: string;
  /** SHA-256 of the key, hexadecimal. The key itself is never stored. */
  hash: string;
  created_at: string;
}

interface SecretsTable {
  name: string;
  value: string;
}

export interface CallsTable {
  id: string;
  account_id: string;
  direction: 'inbound' | 'outbound';
  from_number: string;
  to_number: string;
  status: string;
  call_status: string | null;
  spec: string;
  request: string;
  mode_requested: string;
  voice_requested: string;
  voice_used: string;
  provider_notes: string;
  campaign_id: string | null;
  lead_id: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  /** Monotonic time of the answer: what the stamps of the turn traces are relative to. */
  answered_monotonic_ms: number | null;
  duration_ms: number;
  end_reason: string | null;
  ended_by: string | null;
  sip_status: number | null;
  sip_reason: string | null;
  end_detail: string | null;
  recording_path: string | null;
  recording_ms: number | null;
  recording_error: string | null;
  sip_call_id: string | null;
  carrier: string | null;
  /** JSON. */
  quality: string | null;
  completed: number;
}

/** The outbox: rows with `delivered_at` null have not been acted on yet. */
interface CallEventsTable {
  call_id: string;
  sequence: number;
  type: string;
  payload: string;
  at: string;
  delivered_at: string | null;
}

export interface TranscriptTurnsTable {
  call_id: string;
  position: number;
  speaker: 'caller' | 'agent';
  text: string;
  interrupted: number;
  at: string;
}

interface TurnTracesTable {
  call_id: string;
  position: number;
  trace: string;
}

interface IdempotencyKeysTable {
  account_id: string;
  key: string;
  fingerprint: string;
  /** Null while the request is running. */
  status: number | null;
  body: string | null;
  expires_at: string;
}

interface SipLaddersTable {
  call_id: string;
  /** Deflated (RFC 1950), base64. */
  ladder: string;
  saved_at: string;
}

export interface CarriersTable {
  id: string;
  account_id: string;
  /** Its id in the telephony layer. */
  sid: string;
  /** JSON without any secret. */
  settings: string;
  /** Encrypted JSON. */
  secrets: string;
  created_at: string;
  updated_at: string;
}

export interface DailyUsageTable {
  account_id: string;
  /** `2026-01-31`, UTC. */
  day: string;
  calls: number;
  minutes: number;
  micro_usd: number;
}

export interface SipUsersTable {
  id: string;
  account_id: string;
  username: string;
  /** JSON without any secret. */
  settings: string;
  /** Encrypted JSON. */
  secrets: string;
  created_at: string;
}

interface SipRegistrationsTable {
  /** Of a softphone of the configuration too. */
  user_id: string;
  /** JSON. */
  bindings: string;
  updated_at: string;
}
