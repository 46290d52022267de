import type { ServerResponse } from 'node:http';
import type { HttpExchange, HttpFault } from './http-fault.ts';
import { hrtimeMs, type Pacing } from './pacing.ts';

export interface AnswerPlan {
  readonly contentType: string;
  readonly parts: readonly Uint8Array[];
  readonly firstPartMs: number;
  readonly partMs: number;
  /** Each part is cut into writes of so many bytes, wherever that cuts a character or a sample. */
  readonly writeBytes: number | undefined;
  readonly fault: HttpFault | undefined;
}

/** Sends a streamed answer part by part, with its pauses and its fault. */
export async function sendAnswer(
  response: ServerResponse,
  plan: AnswerPlan,
  pacing: Pacing,
  exchange: HttpExchange,
): Promise<void> {
  const { fault } = plan;
  if (fault?.type === 'status') {
    sendStatus(response, fault);
    return;
  }
  const contentType = fault?.type === 'content-type' ? fault.contentType : plan.contentType;
  const healthyParts = fault && 'parts' in fault ? fault.parts : plan.parts.length;
  for (const [index, part] of plan.parts.entries()) {
    await pacing.wait(index === 0 ? plan.firstPartMs : plan.partMs);
    if (index >= healthyParts) break;
    if (response.destroyed) return;
    if (index === 0) response.writeHead(200, { 'content-type': contentType });
    exchange.firstByteAtMs ??= hrtimeMs();
    await write(response, part, plan.writeBytes ?? part.length);
  }
  finish(response, fault);
}

function finish(response: ServerResponse, fault: HttpFault | undefined): void {
  if (fault?.type === 'stall') return;
  if (fault?.type === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault?.type === 'malformed') response.write('data: {"choices": [{]\n\n');
  response.end();
}

function sendStatus(response: ServerResponse, fault: Extract<HttpFault, { type: 'status' }>): void {
  response.setHeader('content-type', 'application/json');
  if (fault.retryAfterS !== undefined) response.setHeader('retry-after', fault.retryAfterS);
  response.writeHead(fault.status);
  const { message = 'scripted failure', code = null } = fault;
  response.end(JSON.stringify({ error: { message, code, type: 'scripted' } }));
}

/** One write per turn of the event loop, so that the pieces arrive as pieces. */
async function write(response: ServerResponse, part: Uint8Array, size: number): Promise<void> {
  for (let at = 0; at < part.length; at += size) {
    response.write(part.subarray(at, at + size));
    if (at + size < part.length) await new Promise((next) => setImmediate(next));
  }
}
