import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ApiKeys } from '../accounts/api-keys.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { problemAnswer, sendAnswer } from './answer.ts';
import type { CallGateway } from './call-gateway.ts';
import type { CarrierDirectory } from './carrier-directory.ts';
import type { HealthSource } from './health.ts';
import { registerHealthRoutes } from './health-routes.ts';
import { acceptJsonBodies } from './json-body.ts';
import { registerOpenApiRoutes } from './openapi/openapi-routes.ts';
import { RouteTable } from './openapi/route-table.ts';
import { notFound, Problem, toProblem } from './problem.ts';
import { RecordingLinks } from './recording-link.ts';
import { registerRecordingRoutes } from './recording-routes.ts';
import { registerSipLadderRoutes, type SipLadders } from './sip-ladder-routes.ts';
import type { SoftphoneDirectory } from './softphone-directory.ts';
import { CallRoutes } from './topcalls/call-routes.ts';
import { CarrierRoutes } from './topcalls/carrier-routes.ts';
import type { ResolveVoice } from './topcalls/new-call.ts';
import { SipUserRoutes } from './topcalls/sip-user-routes.ts';

export interface ApiOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How clients reach the API; left out, the address listened on. */
  readonly publicUrl?: string;
  readonly version: string;
  /** Whose recordings signed links open: the default account. */
  readonly accountId: string;
  /** Caller id of calls that name none. */
  readonly fromNumber?: string;
  readonly maxCalls: number;
  readonly ringTimeoutMs: number;
  readonly rtpTimeoutMs: number;
  readonly recordingsDir: string;
  readonly store: Store;
  readonly calls: CallGateway;
  readonly ladders: SipLadders;
  readonly carriers: CarrierDirectory;
  readonly softphones: SoftphoneDirectory;
  readonly health: HealthSource;
  readonly resolveVoice: ResolveVoice;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface ApiServer {
  /** Resolves with the address when requests are answered. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Answers what is under way, for a few seconds, and closes every connection. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 512 * 1_024;
const RECORDING_SECRET_BYTES = 32;
const CLOSE_SWEEP_MS = 50;
const CLOSE_LIMIT_MS = 5_000;

/** The REST API. API keys must have been ensured before. */
export async function createApi(options: ApiOptions): Promise<ApiServer> {
  const candidate = randomBytes(RECORDING_SECRET_BYTES).toString('hex');
  const secret = await options.store.accounts.ensureSecret('recording-links', candidate);
  const apiKeys = await ApiKeys.load(options.store.accounts);
  const server = createServer(options);
  const routes = new RouteTable(server);
  refuseWhatIsNotServed(server, routes, options.logger);
  const publicUrl = () => options.publicUrl?.replace(/\/$/, '') ?? urlOf(server);
  const recordingLinks = new RecordingLinks(secret, publicUrl);
  const { health, store, version } = options;
  new CallRoutes({
    ...options,
    apiKeys,
    recordingLinks,
    isDraining: () => health.isDraining(),
    fromNumber: options.fromNumber,
  }).register(server);
  new CarrierRoutes({ ...options, apiKeys }).register(server);
  new SipUserRoutes({ ...options, apiKeys }).register(server);
  registerRecordingRoutes(server, { ...options, apiKeys, recordingLinks });
  registerSipLadderRoutes(server, { ...options, apiKeys });
  registerHealthRoutes(server, { ...options, isStoreWorking: () => store.isWorking });
  registerOpenApiRoutes(server, { version, routes, serverUrl: publicUrl });
  return {
    async listen() {
      await server.listen({ host: options.host, port: options.port });
      return { host: options.host, port: addressOf(server).port };
    },
    close: () => closeServer(server),
  };
}

/** A connection that was busy at the close would be kept alive for its next request, and hold the server up for a minute. */
async function closeServer(server: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => server.server.closeIdleConnections(), CLOSE_SWEEP_MS);
  const limit = setTimeout(() => server.server.closeAllConnections(), CLOSE_LIMIT_MS);
  try {
    await server.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(limit);
  }
}

function createServer({ logger, metrics }: ApiOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => sendProblem(logger, error, request, reply),
  });
  acceptJsonBodies(server);
  server.setErrorHandler((error, request, reply) => sendProblem(logger, error, request, reply));
  server.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const { elapsedTime, statusCode } = reply;
    const route = request.routeOptions.url ?? 'unknown';
    metrics.httpRequest({ method, route, status: statusCode }, elapsedTime);
    logger.debug({ requestId: request.id, method, route, statusCode, elapsedTime }, 'http request');
  });
  return server;
}

/** 404 where there is nothing, 405 where there is something for other methods (RFC 9110 section 15.5.6). */
function refuseWhatIsNotServed(server: FastifyInstance, routes: RouteTable, logger: Logger): void {
  server.setNotFoundHandler((request, reply) => {
    const methods = routes.methodsOf(request.url.split('?', 1)[0] ?? '');
    if (methods.length === 0) {
      return sendProblem(logger, notFound('there is nothing under this path'), request, reply);
    }
    const allowed = methods.join(', ');
    reply.header('allow', allowed);
    const problem = new Problem(405, 'method_not_allowed', `this path takes ${allowed}`);
    return sendProblem(logger, problem, request, reply);
  });
}

function sendProblem(
  logger: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  if (problem.status >= 500) {
    logger.error({ requestId: request.id, err: problem.cause ?? problem }, 'http request failed');
  }
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(problem.retryAfterSeconds));
  }
  return sendAnswer(reply, problemAnswer(problem, request.id));
}

function urlOf(server: FastifyInstance): string {
  const { address, family, port } = addressOf(server);
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function addressOf(server: FastifyInstance): AddressInfo {
  const address = server.server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('invariant broken: the API listens on an address');
  }
  return address;
}
