import { SipFailure } from './sip-failure.ts';
import type { SrfDialog, SrfResponse } from './srf-client.ts';

/** Nobody answers: as if the transport had failed (RFC 3261 section 8.1.3.1). */
const UNAVAILABLE = 503;

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
    const fail = (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      reject(new SipFailure(/find dialog/i.test(text) ? 481 : UNAVAILABLE, text));
    };
    try {
      dialog.request(request, (error, response) => {
        if (response === undefined) fail(error);
        else if (response.status >= 200) resolve(response);
      });
    } catch (error) {
      fail(error);
    }
  });
}
