import { networkInterfaces } from 'node:os';
import { after } from '../core/time.ts';
import { type Timing, Wake } from './timing.ts';

/** The addresses of this machine, in a form that is equal when they are. */
export type ReadAddresses = () => string;

const POLL_MS = 5_000;

/** Tells when this machine has other addresses than before; the system has no event for it. */
export class NetworkWatch {
  readonly #wake: Wake;

  constructor(timing: Timing, onChange: () => void, read: ReadAddresses = addressesNow) {
    let known = read();
    const plan = () => this.#wake.at(after(timing.now(), POLL_MS));
    this.#wake = new Wake(timing, () => {
      const found = read();
      const isOther = found !== known;
      known = found;
      plan();
      if (isOther) onChange();
    });
    plan();
  }

  close(): void {
    this.#wake.at(undefined);
  }
}

function addressesNow(): string {
  const entries = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return entries
    .map(({ cidr }) => cidr)
    .toSorted()
    .join(' ');
}
