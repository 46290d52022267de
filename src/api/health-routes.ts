import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CallGateway } from './call-gateway.ts';
import type { HealthCheck, HealthSource } from './health.ts';
import type { Operation } from './openapi/operation.ts';

export interface HealthRoutesOptions {
  readonly version: string;
  readonly maxCalls: number;
  readonly calls: CallGateway;
  readonly health: HealthSource;
  readonly metrics: Metrics;
  readonly isStoreWorking: () => boolean;
}

const checkSchema = z.object({ status: z.enum(['up', 'down']), detail: z.string().optional() });

const healthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded']),
    service: z.literal('trunkline'),
    version: z.string(),
    timestamp: z.string().meta({ format: 'date-time' }),
    draining: z.boolean().describe('No new calls: the process is about to end.'),
    active_calls: z.int(),
    max_calls: z.int(),
    checks: z.record(z.string(), checkSchema).describe('By part.'),
    providers: z.object({
      stt: z.string(),
      llm: z.string(),
      tts: z.string(),
      notes: z.array(z.string()).readonly().describe('Why these.'),
    }),
  })
  .meta({ id: 'Health' });

const SYSTEM = { tag: 'System', access: 'open', problems: [] } as const;

const HEALTH: Operation = {
  ...SYSTEM,
  id: 'health',
  summary: 'For people: the state of each part, and which providers are used.',
  answers: { 200: { description: 'Healthy or not.', schema: healthSchema } },
};

const LIVE: Operation = {
  ...SYSTEM,
  id: 'live',
  summary: 'For probes: the process runs.',
  answers: {
    200: { description: 'It does.', schema: z.object({ status: z.literal('alive') }) },
  },
};

const READY: Operation = {
  ...SYSTEM,
  id: 'ready',
  summary: 'For probes: calls can be taken.',
  answers: {
    200: { description: 'They can.', schema: z.object({ status: z.literal('ready') }) },
    503: {
      description: 'A part is down, or the process is about to end.',
      schema: z.object({ status: z.enum(['draining', 'degraded']) }),
    },
  },
};

const METRICS: Operation = {
  ...SYSTEM,
  id: 'metrics',
  summary: 'For Prometheus.',
  answers: { 200: { description: 'The text form of Prometheus.', mediaType: 'text/plain' } },
};

/** `/health`, `/health/live`, `/health/ready` and `/metrics`: for probes and scrapers, without a key. */
export function registerHealthRoutes(server: FastifyInstance, options: HealthRoutesOptions): void {
  const { health, metrics } = options;
  server.get('/health', { config: { operation: HEALTH } }, () => describeHealth(options));
  server.get('/health/live', { config: { operation: LIVE } }, () => ({ status: 'alive' }));
  server.get('/health/ready', { config: { operation: READY } }, (_request, reply) => {
    const isReady = !health.isDraining() && isHealthy(checksOf(options));
    const status = health.isDraining() ? 'draining' : isReady ? 'ready' : 'degraded';
    return reply.code(isReady ? 200 : 503).send({ status });
  });
  server.get('/metrics', { config: { operation: METRICS } }, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.render()),
  );
}

function describeHealth(options: HealthRoutesOptions): z.input<typeof healthSchema> {
  const checks = checksOf(options);
  return {
    status: isHealthy(checks) ? 'healthy' : 'degraded',
    service: 'trunkline',
    version: options.version,
    timestamp: new Date().toISOString(),
    draining: options.health.isDraining(),
    active_calls: options.calls.activeCalls(),
    max_calls: options.maxCalls,
    checks: Object.fromEntries(
      Object.entries(checks).map(([name, check]) => [name, toCheckView(check)]),
    ),
    providers: options.health.providers(),
  };
}

function checksOf(options: HealthRoutesOptions): Readonly<Record<string, HealthCheck>> {
  return { store: { isUp: options.isStoreWorking() }, ...options.health.checks() };
}

function isHealthy(checks: Readonly<Record<string, HealthCheck>>): boolean {
  return Object.values(checks).every((check) => check.isUp);
}

function toCheckView(check: HealthCheck): z.input<typeof checkSchema> {
  return {
    status: check.isUp ? 'up' : 'down',
    ...(check.detail === undefined ? {} : { detail: check.detail }),
  };
}
