import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { CallRecord } from '../store/call-record.ts';
import type { Store } from '../store/store.ts';
import { describeLadder } from '../trace/describe-ladder.ts';
import type { Ladder } from '../trace/ladder.ts';
import { ladderPicture } from '../trace/ladder-picture.ts';
import { pcapOf } from '../trace/pcap.ts';
import { authenticate } from './authentication.ts';
import type { Operation } from './openapi/operation.ts';
import { notFound } from './problem.ts';
import { ladderTitle, sipLadderSchema, toLadderView } from './sip-ladder-view.ts';

/** Where the SIP messages of calls are. */
export interface SipLadders {
  /** Undefined when none is kept for this call. */
  find(callId: string): Promise<Ladder | undefined>;
  /** Why there is no ladder of any new call, in a sentence; undefined when there are. */
  readonly unavailable: string | undefined;
}

export interface SipLadderRoutesOptions {
  readonly store: Store;
  readonly apiKeys: ApiKeys;
  readonly ladders: SipLadders;
}

interface LadderRequest {
  readonly Params: { readonly call_id: string };
  readonly Querystring: { readonly messages?: unknown };
}

const NOT_KEPT =
  'no SIP messages are kept of this call: it is older than the retention, its process did not end in order, or nothing was sent';

const params = z.object({ call_id: z.string().meta({ format: 'uuid' }) });
const common = { tag: 'Calls', access: 'key', params, problems: [404] } as const;

const OPERATIONS = {
  json: {
    ...common,
    id: 'showSipLadder',
    summary: 'The SIP messages of a call, secrets masked.',
    answers: { 200: { description: 'The ladder.', schema: sipLadderSchema } },
  },
  text: {
    ...common,
    id: 'showSipLadderText',
    summary: 'The SIP messages of a call as a picture of text.',
    query: z.object({
      messages: z.enum(['true', 'false']).optional().describe('Whether the messages follow whole.'),
    }),
    answers: { 200: { description: 'The ladder, UTF-8.', mediaType: 'text/plain' } },
  },
  pcap: {
    ...common,
    id: 'downloadSipCapture',
    summary: 'The SIP messages of a call as a capture file, secrets masked.',
    answers: {
      200: {
        description: 'libpcap; IP and UDP headers are made up around what was decrypted.',
        mediaType: 'application/vnd.tcpdump.pcap',
      },
    },
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** `/v1/calls/{call_id}/sip` and its two other forms. */
export function registerSipLadderRoutes(
  server: FastifyInstance,
  options: SipLadderRoutesOptions,
): void {
  const { json, text, pcap } = OPERATIONS;
  const path = '/v1/calls/:call_id/sip';
  server.get<LadderRequest>(path, { config: { operation: json } }, async (request) => {
    const { call, ladder } = await findLadder(request, options);
    return toLadderView(call.id, ladder, noteOf(ladder, options.ladders));
  });
  server.get<LadderRequest>(
    `${path}.txt`,
    { config: { operation: text } },
    async (request, reply) => {
      const { call, ladder } = await findLadder(request, options);
      const { omitted, omittedAfter } = ladder ?? NO_LADDER;
      const note = noteOf(ladder, options.ladders);
      const picture = ladderPicture(describeLadder(ladder ?? NO_LADDER), {
        title: [ladderTitle(call), ...(note === null ? [] : [note])],
        omitted,
        omittedAfter,
        withMessages: request.query.messages === 'true',
      });
      return reply.header('content-type', 'text/plain; charset=utf-8').send(picture);
    },
  );
  server.get<LadderRequest>(
    `${path}.pcap`,
    { config: { operation: pcap } },
    async (request, reply) => {
      const { call, ladder } = await findLadder(request, options);
      if (ladder === undefined) throw notFound(noteOf(ladder, options.ladders) ?? NOT_KEPT);
      return reply
        .header('content-type', 'application/vnd.tcpdump.pcap')
        .header('content-disposition', `attachment; filename="${call.id}.pcap"`)
        .send(Buffer.from(pcapOf(ladder)));
    },
  );
}

const NO_LADDER: Ladder = Object.freeze({ messages: [], omitted: 0, omittedAfter: 0 });

async function findLadder(
  request: FastifyRequest<LadderRequest>,
  { store, apiKeys, ladders }: SipLadderRoutesOptions,
): Promise<{ readonly call: CallRecord; readonly ladder: Ladder | undefined }> {
  const { accountId } = authenticate(apiKeys, request);
  const call = await store.calls.find(accountId, request.params.call_id);
  if (call === undefined) throw notFound('there is no call with this id');
  return { call, ladder: await ladders.find(call.id) };
}

function noteOf(ladder: Ladder | undefined, { unavailable }: SipLadders): string | null {
  return ladder === undefined ? (unavailable ?? NOT_KEPT) : null;
}
