import { sendInDialog } from './dialog-request.ts';
import { sdpTextOf } from './sdp-body.ts';
import { SipFailure } from './sip-failure.ts';
import type { SrfDialog } from './srf-client.ts';

const REQUEST_PENDING = 491;
const MAX_ATTEMPTS = 4;
/** RFC 3261 section 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other one up to 2 s, in units of 10 ms. */
const OWNER_WAIT_MS = { from: 2_100, to: 4_000 };
const OTHER_WAIT_MS = { from: 0, to: 2_000 };

export interface ReinviteOptions {
  readonly dialog: SrfDialog;
  readonly localSdp: string;
  /** The dialog is over: no further attempt. */
  readonly isOver: () => boolean;
  /** Between two attempts the peer's own offer may come. */
  readonly onGlare?: (isWaiting: boolean) => void;
}

/** Sends a re-INVITE until it is no glare. Resolves with the answer; rejects with a {@link SipFailure}. */
export async function sendReinvite(options: ReinviteOptions): Promise<string> {
  const { dialog, localSdp, isOver } = options;
  for (let attempt = 1; ; attempt += 1) {
    if (isOver()) throw new SipFailure(481, 'the dialog is over');
    const { contact } = dialog.local;
    const headers = { Contact: contact, 'Content-Type': 'application/sdp' };
    const response = await sendInDialog(dialog, { method: 'INVITE', headers, body: localSdp });
    if (response.status < 300) return sdpTextOf(response) ?? '';
    if (response.status !== REQUEST_PENDING || attempt === MAX_ATTEMPTS) {
      throw new SipFailure(response.status, response.reason ?? '');
    }
    options.onGlare?.(true);
    await wait(glareWaitMs(dialog.type === 'uac'));
    options.onGlare?.(false);
  }
}

function wait(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}

function glareWaitMs(ownsCallId: boolean): number {
  const { from, to } = ownsCallId ? OWNER_WAIT_MS : OTHER_WAIT_MS;
  return from + 10 * Math.floor((Math.random() * (to - from)) / 10);
}
