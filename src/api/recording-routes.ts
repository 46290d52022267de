import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { CallDetail } from '../store/call-record.ts';
import type { Store } from '../store/store.ts';
import { authenticate } from './authentication.ts';
import { parseByteRange } from './byte-range.ts';
import type { Operation } from './openapi/operation.ts';
import { conflict, notFound, Problem } from './problem.ts';
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

const MEDIA_TYPES = { '.mp3': 'audio/mpeg', '.wav': 'audio/wav' } as const;
type Extension = keyof typeof MEDIA_TYPES;

const params = z.object({ call_id: z.string().meta({ format: 'uuid' }) });
const headers = z.object({ Range: z.string().optional().describe('One range of bytes.') });

const OF_CALL: Operation = {
  id: 'showRecording',
  tag: 'Recordings',
  summary: 'The recording of a call in the form that is kept: caller left, agent right.',
  access: 'key',
  params,
  headers,
  answers: answersAs('audio/mpeg'),
  problems: [404, 409, 416],
};

/** `/v1/calls/<call id>/recording` with an API key, `/recordings/<call id>.mp3` or `.wav` with a key or a signed link. */
export function registerRecordingRoutes(
  server: FastifyInstance,
  options: RecordingRoutesOptions,
): void {
  server.get<RecordingRequest>(
    '/v1/calls/:call_id/recording',
    { config: { operation: OF_CALL } },
    async (request, reply) => {
      const { accountId } = authenticate(options.apiKeys, request);
      return sendRecording(options, reply, await findCall(options, accountId, request));
    },
  );
  registerFile(server, options, '.mp3');
  registerFile(server, options, '.wav');
}

function registerFile(
  server: FastifyInstance,
  options: RecordingRoutesOptions,
  extension: Extension,
): void {
  const operation = fileOperation(extension);
  server.get<RecordingRequest>(
    `/recordings/:call_id${extension}`,
    { config: { operation } },
    async (request, reply) => {
      const accountId = authorize(request, options);
      const call = await findCall(options, accountId, request);
      const stored = call.recordingPath;
      if (stored !== undefined && extname(stored) !== extension)
        throw notFound('there is no such recording');
      return sendRecording(options, reply, call);
    },
  );
}

function fileOperation(extension: Extension): Operation {
  return {
    id: extension === '.mp3' ? 'downloadMp3Recording' : 'downloadWavRecording',
    tag: 'Recordings',
    summary: `The recording of a call as a file (${extension.slice(1).toUpperCase()}).`,
    access: 'key-or-link',
    params,
    query: z.object({
      expires: z.string().optional().describe('Of a signed link.'),
      token: z.string().optional().describe('Of a signed link.'),
    }),
    headers,
    answers: answersAs(MEDIA_TYPES[extension]),
    problems: [404, 409, 416],
  };
}

function answersAs(mediaType: string): Operation['answers'] {
  return {
    200: { description: 'Stereo, 8 or 16 kHz.', mediaType },
    206: { description: 'The part that `Range` asks for.', mediaType },
  };
}

function authorize(
  request: FastifyRequest<RecordingRequest>,
  options: RecordingRoutesOptions,
): string {
  const { expires, token } = request.query;
  if (token === undefined) return authenticate(options.apiKeys, request).accountId;
  const isComplete = typeof expires === 'string' && typeof token === 'string';
  const { call_id: callId } = request.params;
  if (isComplete && options.recordingLinks.isValid(callId, { expires, token }, Date.now())) {
    return options.accountId;
  }
  throw new Problem(401, 'unauthorized', 'the link is not valid, or no longer');
}

async function findCall(
  { store }: RecordingRoutesOptions,
  accountId: string,
  { params: { call_id: callId } }: FastifyRequest<RecordingRequest>,
): Promise<CallDetail> {
  const call = await store.calls.find(accountId, callId);
  if (call === undefined) throw notFound('there is no such recording');
  return call;
}

async function sendRecording(
  { recordingsDir }: RecordingRoutesOptions,
  reply: FastifyReply,
  call: CallDetail,
): Promise<FastifyReply> {
  const { recordingPath } = call;
  if (recordingPath === undefined) throw noRecordingOf(call);
  // Recordings lie flat in their folder: of a stored path, only the name counts.
  const name = basename(recordingPath);
  const file = await openFile(join(recordingsDir, name));
  if (file !== undefined) return sendFile(reply, file, extname(name));
  const part = await openFile(join(recordingsDir, `${basename(name, extname(name))}.part.wav`));
  await part?.handle.close();
  throw part === undefined
    ? notFound('the recording is no longer there')
    : conflict('the recording is being converted');
}

function noRecordingOf({ completed, spec, recordingError }: CallDetail): Problem {
  if (spec.record && !completed) return conflict('the call is not over');
  return notFound(recordingError ?? 'the call was not recorded');
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

async function openFile(path: string): Promise<OpenFile | undefined> {
  const handle = await open(path).catch(() => undefined);
  const stats = await handle?.stat();
  if (handle !== undefined && stats?.isFile() === true) return { handle, sizeBytes: stats.size };
  await handle?.close();
  return undefined;
}

/** The whole file, or the part that a player asks for when somebody jumps in it. */
async function sendFile(
  reply: FastifyReply,
  { handle, sizeBytes }: OpenFile,
  extension: string,
): Promise<FastifyReply> {
  const { headers: asked, method } = reply.request;
  // RFC 9110 section 14.2: a range is asked for by GET alone.
  const range = method === 'GET' ? parseByteRange(asked.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    await handle.close();
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw new Problem(416, 'range_not_satisfiable', `the recording has ${sizeBytes} bytes`);
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  if (range !== undefined) {
    reply.code(206).header('content-range', `bytes ${first}-${last}/${sizeBytes}`);
  }
  reply
    .header('content-type', MEDIA_TYPES[extension as Extension] ?? 'application/octet-stream')
    .header('content-length', last - first + 1)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-store');
  if (method !== 'HEAD') {
    return reply.send(handle.createReadStream({ start: first, end: Math.max(first, last) }));
  }
  await handle.close();
  return reply.send(Readable.from([]));
}
