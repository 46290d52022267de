import { addressText } from './captured-message.ts';
import type { Ladder, LadderMessage } from './ladder.ts';
import { bodyStart, callIdOf, headerOf, startLineOf } from './message-head.ts';
import { readableText } from './readable-text.ts';

/** A message of a ladder with what people look for in it, all of it fit to be shown. */
export interface LadderRow {
  /** ISO 8601 in UTC, microseconds. */
  readonly at: string;
  /** Since the message before. */
  readonly deltaMs: number;
  readonly direction: 'in' | 'out';
  readonly transport: string;
  readonly local: string;
  readonly remote: string;
  readonly startLine: string;
  /** Of a request. */
  readonly method: string | undefined;
  /** Of a response. */
  readonly status: number | undefined;
  readonly cseq: string | undefined;
  readonly sipCallId: string | undefined;
  readonly hasSdp: boolean;
  /** RFC 8224: as it came or went. */
  readonly identity: string | undefined;
  /** The same octets went the same way before. */
  readonly isRetransmission: boolean;
  readonly text: string;
}

export function describeLadder({ messages }: Ladder): readonly LadderRow[] {
  const seen = new Set<string>();
  return messages.map((message, index) => {
    const { atUs, direction, transport, local, remote, text } = message;
    const key = `${direction} ${transport} ${addressText(remote)} ${text}`;
    const isRetransmission = seen.has(key);
    seen.add(key);
    return {
      at: isoMicroseconds(atUs),
      deltaMs: (atUs - (messages[index - 1]?.atUs ?? atUs)) / 1_000,
      direction,
      transport,
      local: addressText(local),
      remote: addressText(remote),
      ...describeText(message),
      isRetransmission,
    };
  });
}

function describeText({ text }: LadderMessage) {
  const start = bodyStart(text);
  const head = text.slice(0, start);
  const { text: startLine, method, status } = startLineOf(text);
  const type = headerOf(head, 'content-type', 'c') ?? '';
  const shown = (value: string | undefined) => value && readableText(value);
  return {
    startLine: readableText(startLine),
    method: shown(method),
    status,
    cseq: shown(headerOf(head, 'cseq')),
    sipCallId: shown(callIdOf(head)),
    hasSdp: /^application\/sdp\b/i.test(type) && start < text.length,
    identity: shown(headerOf(head, 'identity', 'y')),
    text: readableText(text),
  };
}

function isoMicroseconds(atUs: number): string {
  const toSeconds = new Date(Math.floor(atUs / 1e6) * 1_000).toISOString().slice(0, 19);
  return `${toSeconds}.${String(Math.floor(atUs % 1e6)).padStart(6, '0')}Z`;
}
