import { styleText } from 'node:util';
import type { LadderRow } from '../../trace/describe-ladder.ts';
import { type LadderStyle, ladderPicture } from '../../trace/ladder-picture.ts';
import type { CallSummary, LadderAnswer } from './ladder-client.ts';

const COLOURS: Readonly<Record<LadderStyle, Parameters<typeof styleText>[0]>> = {
  heading: 'bold',
  request: 'cyan',
  provisional: 'yellow',
  success: 'green',
  redirect: 'magenta',
  failure: 'red',
  dim: 'dim',
};

/** The picture for this output: coloured on a terminal that wants it (NO_COLOR). */
export function showLadder(
  call: CallSummary,
  ladder: LadderAnswer,
  output: { readonly stream: NodeJS.WriteStream; readonly withMessages: boolean },
): string {
  const { id, direction, carrier, created_at: createdAt, end_reason: reason } = call;
  const title = `Call ${id} (${direction}, ${carrier ?? 'no carrier'}) of ${createdAt}: ${reason ?? 'not over'}`;
  return ladderPicture(ladder.messages.map(toRow), {
    title: [title, ...(ladder.note === null ? [] : [ladder.note])],
    omitted: ladder.omitted,
    omittedAfter: ladder.omitted_after,
    withMessages: output.withMessages,
    paint: (style, text) => styleText(COLOURS[style], text, { stream: output.stream }),
  });
}

function toRow(message: LadderAnswer['messages'][number]): LadderRow {
  return {
    at: message.at,
    deltaMs: message.delta_ms,
    direction: message.direction,
    transport: message.transport,
    local: message.local,
    remote: message.remote,
    startLine: message.start_line,
    method: message.method ?? undefined,
    status: message.status ?? undefined,
    cseq: message.cseq ?? undefined,
    sipCallId: message.sip_call_id ?? undefined,
    hasSdp: message.sdp,
    identity: message.identity ?? undefined,
    isRetransmission: message.retransmission,
    text: message.text,
  };
}
