import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Lines for people in place of JSON; left out, when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Where JSON lines go; left out, standard output. */
  readonly destination?: DestinationStream;
}

const SECRET_KEYS = [
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'password',
  'secret',
  'token',
];

const PERSONAL_KEYS = [
  'from',
  'to',
  'fromNumber',
  'from_number',
  'fromUser',
  'toNumber',
  'to_number',
  'toUser',
  'phoneNumber',
  'phone_number',
  'calledUser',
  'callingUser',
  'text',
  'transcript',
  'messages',
  'content',
  'instructions',
  'firstSentence',
  'first_sentence',
  'task',
  'digit',
  'digits',
];

/** How deep under the logged object a key is still recognised. */
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];

/** JSON lines in which no value under a key that holds a secret, a phone number or spoken words is printed. */
export function createLogger(options: LoggerOptions): Logger {
  const keys = [...SECRET_KEYS, ...PERSONAL_KEYS];
  const settings = {
    level: options.level,
    base: { service: 'trunkline' },
    redact: {
      paths: DEPTHS.flatMap((depth) => keys.map((key) => depth + key)),
      censor: '[hidden]',
    },
  };
  const isPretty = options.pretty ?? (options.destination === undefined && process.stdout.isTTY);
  if (isPretty) return pino(settings, pretty({ ignore: 'pid,hostname,service' }));
  return pino(settings, options.destination ?? pino.destination(1));
}
