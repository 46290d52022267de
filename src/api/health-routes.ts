import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CallGateway } from './call-gateway.ts';
import type { HealthCheck, HealthSource } from './health.ts';

export interface HealthRoutesOptions {
  readonly version: string;
  readonly maxCalls: number;
  readonly calls: CallGateway;
  readonly health: HealthSource;
  readonly metrics: Metrics;
  readonly isStoreWorking: () => boolean;
}

/** `/health`, `/health/live`, `/health/ready` and `/metrics`: for probes and scrapers, without a key. */
export function registerHealthRoutes(server: FastifyInstance, options: HealthRoutesOptions): void {
  const { health, metrics } = options;
  server.get('/health', () => describeHealth(options));
  server.get('/health/live', () => ({ status: 'alive' }));
  server.get('/health/ready', (_request, reply) => {
    const isReady = !health.isDraining() && isHealthy(checksOf(options));
    const status = health.isDraining() ? 'draining' : isReady ? 'ready' : 'degraded';
    return reply.code(isReady ? 200 : 503).send({ status });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.render()),
  );
}

function describeHealth(options: HealthRoutesOptions): object {
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

function toCheckView(check: HealthCheck): object {
  return {
    status: check.isUp ? 'up' : 'down',
    ...(check.detail === undefined ? {} : { detail: check.detail }),
  };
}
