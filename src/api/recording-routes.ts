import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { Store } from '../store/store.ts';
import { authenticate } from './authentication.ts';
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
  readonly Params: { readonly file: string };
  readonly Querystring: { readonly expires?: unknown; readonly token?: unknown };
}

/** `/recordings/<call id>.wav`, with an API key or a signed link. */
export function registerRecordingRoutes(
  server: FastifyInstance,
  options: RecordingRoutesOptions,
): void {
  server.get<RecordingRequest>('/recordings/:file', async (request, reply) => {
    const [, callId] = /^([0-9a-f-]{36})\.wav$/.exec(request.params.file) ?? [];
    if (callId === undefined) throw notFound('there is no such recording');
    const accountId = authorize(request, callId, options);
    const call = await options.store.calls.find(accountId, callId);
    if (call?.recordingPath === undefined) throw notFound('there is no such recording');
    return sendRecording(reply, options.recordingsDir, call.recordingPath);
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

/** Recordings lie flat in their folder: of a stored path, only the name counts. */
async function sendRecording(
  reply: FastifyReply,
  folder: string,
  storedPath: string,
): Promise<FastifyReply> {
  const file = await open(join(folder, basename(storedPath))).catch(() => undefined);
  const stats = await file?.stat();
  if (file === undefined || stats?.isFile() !== true) {
    await file?.close();
    throw notFound('the recording is no longer there');
  }
  return reply
    .header('content-type', 'audio/wav')
    .header('content-length', stats.size)
    .header('cache-control', 'private, no-store')
    .send(file.createReadStream());
}
