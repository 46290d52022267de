import { z } from 'zod';
import { wholeNumber } from './fields.ts';

const known = z.strictObject({
  burst: wholeNumber(10, 1_000_000)
    .default(20_000)
    .describe('SIP messages at once of one address that may call.'),
  perSecond: wholeNumber(10, 1_000_000)
    .default(10_000)
    .describe('SIP messages a second of one; what is more is dropped.'),
});

const strangers = z
  .strictObject({
    burst: wholeNumber(1, 10_000)
      .default(30)
      .describe('Requests at once of an address that nobody knows, where strangers may log in.'),
    perSecond: wholeNumber(1, 10_000).default(15).describe('Requests a second of one.'),
    allPerSecond: wholeNumber(1, 100_000)
      .default(500)
      .describe('Requests a second of all strangers together.'),
    banSeconds: wholeNumber(0, 86_400)
      .default(10)
      .describe(
        'How long one that sent more is not heard; twice as long each time. 0 = not banned.',
      ),
    longestBanSeconds: wholeNumber(0, 86_400)
      .default(3_600)
      .describe('The longest of these times.'),
  })
  .refine(({ banSeconds, longestBanSeconds }) => banSeconds <= longestBanSeconds, {
    path: ['longestBanSeconds'],
    error: 'expected no less than banSeconds',
  });

const connections = z.strictObject({
  max: wholeNumber(10, 50_000)
    .default(2_000)
    .describe('SIP connections at once; the quietest makes room for one more.'),
  maxPerAddress: wholeNumber(1, 50_000)
    .default(500)
    .describe('SIP connections at once that one address opens.'),
  maxHandshakes: wholeNumber(8, 10_000)
    .default(256)
    .describe('TLS and WebSocket handshakes at once; the oldest makes room for one more.'),
  firstMessageSeconds: wholeNumber(1, 3_600)
    .default(32)
    .describe('A connection that came in and has not brought one whole message by then is closed.'),
  idleSeconds: wholeNumber(60, 86_400)
    .default(3_600)
    .describe('A connection that says nothing for so long is closed.'),
});

const overload = z.strictObject({
  lagMs: wholeNumber(50, 10_000)
    .default(300)
    .describe('New calls get 503 while the SIP thread is late by this much.'),
  waiting: wholeNumber(10, 50_000)
    .default(1_000)
    .describe('… while more requests than this wait for the engine.'),
  callsInSetUp: wholeNumber(10, 50_000)
    .default(2_000)
    .describe('… while more incoming calls than this have no final answer.'),
});

/** How much the embedded SIP server takes from the network. */
export const sipLimitsSchema = z.strictObject({
  known: known.prefault({}).describe('Addresses that may call.'),
  strangers: strangers.prefault({}).describe('All other addresses.'),
  connections: connections.prefault({}).describe('SIP over TCP, TLS and WebSocket.'),
  overload: overload.prefault({}).describe('When new calls are refused.'),
});
