import type { TrunklineConfig } from './schema.ts';

/** Keys whose value is a secret or personal: only whether they are set is shown. */
const HIDDEN_KEYS = new Set([
  'apiKey',
  'encryptionKey',
  'secret',
  'username',
  'password',
  'fromNumber',
  'fromUser',
  'displayName',
  'diversion',
  'number',
]);

/** Long texts: only their length is shown. */
const SHORTENED_KEYS = new Set(['instructions', 'firstSentence', 'failureSentence']);

/** The configuration as it may be logged: no secret, no phone number, no prompt. */
export function describeConfig(config: TrunklineConfig): unknown {
  return describeValue(config);
}

function describeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(describeValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, describeEntry(key, child)]),
  );
}

function describeEntry(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return describeValue(value);
  if (HIDDEN_KEYS.has(key)) return '[set]';
  if (SHORTENED_KEYS.has(key)) return `[${value.length} characters]`;
  return value;
}
