import { expect, test } from 'vitest';
import { createLogger, type LogLevel } from '../../../src/telemetry/logger.ts';

function logged(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  write(createLogger({ level, pretty: false, destination }));
  return lines.join('');
}

test('a line is JSON with its level, service, message and fields', () => {
  const line = logged('info', (logger) => logger.info({ callId: 'c1' }, 'call answered'));

  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    service: 'trunkline',
    callId: 'c1',
    msg: 'call answered',
  });
});

test('nothing below the level is written', () => {
  expect(logged('warn', (logger) => logger.info('call answered'))).toBe('');
});

test.each([
  [{ apiKey: 'SENSITIVE' }],
  [{ password: 'SENSITIVE' }],
  [{ headers: { authorization: 'SENSITIVE' } }],
  [{ config: { drachtio: { secret: 'SENSITIVE' } } }],
  [{ config: { providers: { openai: { apiKey: 'SENSITIVE' } } } }],
  [{ from: 'SENSITIVE', to: 'SENSITIVE' }],
  [{ spec: { from: 'SENSITIVE', agent: { instructions: 'SENSITIVE' } } }],
  [{ event: { type: 'transcript', text: 'SENSITIVE' } }],
  [{ phone_number: 'SENSITIVE', fromNumber: 'SENSITIVE' }],
  [{ digit: 'SENSITIVE' }],
])('%j is written without what is secret or personal', (fields) => {
  const line = logged('info', (logger) => logger.info(fields, 'something happened'));

  expect(line).toContain('something happened');
  expect(line).not.toContain('SENSITIVE');
});

test('a child logger hides the same keys', () => {
  const line = logged('info', (logger) =>
    logger.child({ callId: 'c' }).info({ token: 'SENSITIVE' }),
  );

  expect(line).not.toContain('SENSITIVE');
});
