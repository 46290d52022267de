import { headerText } from './sip-headers.ts';

/** A request of ours that got a final response other than 2xx, or none at all (503). */
export class SipFailure extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, phrase: string) {
    const reason = headerText(phrase);
    super(`${status} ${reason}`.trim());
    this.name = 'SipFailure';
    this.status = status;
    this.reason = reason;
  }
}
