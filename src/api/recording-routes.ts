import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { Store } from '../store/store.ts';
import { authenticate } from './authentication.ts';
import { parseByteRange } from './byte-range.ts';
import type { Operation } from './openapi/operation.ts';
import { notFound, Problem } from './problem.ts';
import type { RecordingLinks } from './recording-link.ts';

export interface RecordingRoutesOptions {
  readonly store: Store;
  readonly apiKeys: ApiKeys;
  readonly recordingLinks: RecordingLinks;
  readonly accountId: string;
  /** Nothing outside of it is served. */
  readonly recordingsDir: string;
}

interface RecordingRequest {
  readonly Params: { readonly call_id: string };
  readonly Querystring: { readonly expires?: unknown; readonly token?: unknown };
}

const OPERATION: Operation = {
  id: 'downloadRecording',
  tag: 'Recordings',
  summary: 'The recording of a call: caller left, agent right.',
  access: 'key-or-link',
  params: z.object({ call_id: z.string().meta({ format: 'uuid' }) }),
  query: z.object({
    expires: z.string().optional().describe('Of a signed link.'),
    token: z.string().optional().describe('Of a signed link.'),
  }),
  headers: z.object({ Range: z.string().optional().describe('One range of bytes.') }),
  answers: {
    200: { description: 'WAV, 8 kHz, 16 bit, stereo.', mediaType: 'audio/wav' },
    206: { description: 'The part that `Range` asks for.', mediaType: 'audio/wav' },
  },
  problems: [404, 416],
};

/** `/recordings/<call id>.wav`, with an API key or a signed link. */
export function registerRecordingRoutes(
  server: FastifyInstance,
  options: RecordingRoutesOptions,
): void {
  const config = { operation: OPERATION };
  server.get<RecordingRequest>('/recordings/:call_id.wav', { config }, async (request, reply) => {
    const { call_id: callId } = request.params;
    const accountId = authorize(request, callId, options);
    const call = await options.store.calls.find(accountId, callId);
    if (call?.recordingPath === undefined) throw notFound('there is no such recording');
    const file = await openRecording(options.recordingsDir, call.recordingPath);
    return sendRecording(reply, file, request.headers.range);
  });
}

function authorize(
  request: FastifyRequest<RecordingRequest>,
  callId: string,
  options: RecordingRoutesOptions,
): string {
  const { expires, token } = request.query;
  if (token === undefined) return authenticate(options.apiKeys, request).accountId;
  const isComplete = typeof expires === 'string' && typeof token === 'string';
  if (isComplete && options.recordingLinks.isValid(callId, { expires, token }, Date.now())) {
    return options.accountId;
  }
  throw new Problem(401, 'unauthorized', 'the link is not valid, or no longer');
}

interface OpenRecording {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

/** Recordings lie flat in their folder: of a stored path, only the name counts. */
async function openRecording(folder: string, storedPath: string): Promise<OpenRecording> {
  const handle = await open(join(folder, basename(storedPath))).catch(() => undefined);
  const stats = await handle?.stat();
  if (handle !== undefined && stats?.isFile() === true) return { handle, sizeBytes: stats.size };
  await handle?.close();
  throw notFound('the recording is no longer there');
}

/** The whole file, or the part that a player asks for when somebody jumps in it. */
async function sendRecording(
  reply: FastifyReply,
  { handle, sizeBytes }: OpenRecording,
  rangeHeader: string | undefined,
): Promise<FastifyReply> {
  const range = parseByteRange(rangeHeader, sizeBytes);
  if (range === 'unsatisfiable') {
    await handle.close();
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw new Problem(416, 'range_not_satisfiable', `the recording has ${sizeBytes} bytes`);
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${first}-${last}/${sizeBytes}`);
  }
  return reply
    .header('content-type', 'audio/wav')
    .header('content-length', last - first + 1)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-store')
    .send(handle.createReadStream({ start: first, end: Math.max(first, last) }));
}
