import { SipFailure } from './sip-failure.ts';
import type { SrfDialog, SrfResponse } from './srf-client.ts';

/** Nobody answers: as if the transport had failed (RFC 3261 section 8.1.3.1). */
const UNAVAILABLE = 503;
const SERVER_TIMEOUT = 504;
/**
 * Silence ends a transaction after 32 s, but a re-INVITE that got a provisional response has no timer (RFC 3261 section 17.1.1.2): the session is then as it
 * was, or neither side could offer anything for as long as the call lasts.
 */
const FINAL_RESPONSE_TIMEOUT_MS = 40_000;

export interface DialogRequest {
  readonly method: 'INVITE' | 'INFO' | 'REFER' | 'NOTIFY';
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Sends a request within the dialog. Resolves with its final response, whatever it says; rejects with a {@link SipFailure} when it could not be sent. */
export function sendInDialog(
  dialog: Pick<SrfDialog, 'request'>,
  request: DialogRequest,
): Promise<SrfResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SipFailure(SERVER_TIMEOUT, 'no final response in time')),
      FINAL_RESPONSE_TIMEOUT_MS,
    );
    timer.unref();
    const fail = (error: unknown) => {
      clearTimeout(timer);
      const text = error instanceof Error ? error.message : String(error);
      reject(new SipFailure(/find dialog/i.test(text) ? 481 : UNAVAILABLE, text));
    };
    try {
      dialog.request(request, (error, response) => {
        if (response === undefined) fail(error);
        else if (response.status >= 200) {
          clearTimeout(timer);
          resolve(response);
        }
      });
    } catch (error) {
      fail(error);
    }
  });
}
