import { z } from 'zod';
import type { CallRecord } from '../store/call-record.ts';
import { describeLadder, type LadderRow } from '../trace/describe-ladder.ts';
import type { Ladder } from '../trace/ladder.ts';

const messageSchema = z.object({
  at: z.string().describe('ISO 8601 in UTC, microseconds.'),
  delta_ms: z.number().describe('Since the message before.'),
  direction: z.enum(['in', 'out']),
  transport: z.string().describe('`udp`, `tcp`, `tls`, `ws` or `wss`.'),
  local: z.string(),
  remote: z.string(),
  start_line: z.string(),
  method: z.string().nullable().describe('Of a request.'),
  status: z.int().nullable().describe('Of a response.'),
  cseq: z.string().nullable(),
  sip_call_id: z.string().nullable(),
  sdp: z.boolean(),
  identity: z.string().nullable().describe('The Identity header (RFC 8224), whole.'),
  retransmission: z.boolean().describe('The same octets went the same way before.'),
  text: z.string().describe('The whole message, secrets masked.'),
});

export const sipLadderSchema = z
  .object({
    call_id: z.string(),
    note: z.string().nullable().describe('Why there are no messages, when none are kept.'),
    omitted: z.int().describe('Messages left out for want of room.'),
    omitted_after: z.int().describe('How many messages of the list were before those.'),
    messages: z.array(messageSchema).readonly(),
  })
  .meta({ id: 'SipLadder' });

export type SipLadderView = Readonly<z.input<typeof sipLadderSchema>>;

export function toLadderView(
  callId: string,
  ladder: Ladder | undefined,
  note: string | null,
): SipLadderView {
  return {
    call_id: callId,
    note,
    omitted: ladder?.omitted ?? 0,
    omitted_after: ladder?.omittedAfter ?? 0,
    messages: ladder === undefined ? [] : describeLadder(ladder).map(toMessageView),
  };
}

function toMessageView(row: LadderRow): z.input<typeof messageSchema> {
  return {
    at: row.at,
    delta_ms: row.deltaMs,
    direction: row.direction,
    transport: row.transport,
    local: row.local,
    remote: row.remote,
    start_line: row.startLine,
    method: row.method ?? null,
    status: row.status ?? null,
    cseq: row.cseq ?? null,
    sip_call_id: row.sipCallId ?? null,
    sdp: row.hasSdp,
    identity: row.identity ?? null,
    retransmission: row.isRetransmission,
    text: row.text,
  };
}

/** What the call was, in a line. */
export function ladderTitle({ id, spec, createdAt, termination, carrier }: CallRecord): string {
  const way = `${spec.direction}, ${carrier ?? 'no carrier'}`;
  const end = termination === undefined ? 'not over' : termination.reason;
  return `Call ${id} (${way}) of ${createdAt}: ${end}`;
}
