import type { MonotonicMs } from '../core/time.ts';
import { type Endpoint, isWebSocket } from '../sip/endpoint.ts';

const MS_PER_DAY = 86_400_000;

/** `HH:MM:SS.uuuuuu`, the time of day in UTC at a point of the monotonic clock. */
export function timeOfDay(now: MonotonicMs, epochMs: number): string {
  const microseconds = Math.floor(((epochMs + now) % MS_PER_DAY) * 1_000);
  const seconds = Math.floor(microseconds / 1_000_000);
  const part = (value: number, digits: number) => String(value).padStart(digits, '0');
  const fraction = part(microseconds % 1_000_000, 6);
  return `${part(Math.floor(seconds / 3_600), 2)}:${part(Math.floor(seconds / 60) % 60, 2)}:${part(seconds % 60, 2)}.${fraction}`;
}

/** The tokens that say where a message was or went: size, protocol (`tcp` also for WebSocket), address, port, time. */
export function wayTokens(
  bytes: number,
  endpoint: Endpoint | undefined,
  time: string,
): readonly string[] {
  if (endpoint === undefined) return [String(bytes), '', '', '0', time];
  const { transport, host, port } = endpoint;
  const protocol = isWebSocket(transport) ? 'tcp' : transport;
  return [String(bytes), protocol, host, String(port), time];
}

/** The same of a request for which DNS is still asked where it goes. */
export function pendingWayTokens(bytes: number, time: string): readonly string[] {
  return [String(bytes), 'unknown', '', '0', time];
}
