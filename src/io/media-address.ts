/** Who a call is with, as its signalling has it. */
export interface MediaPeer {
  /** Address, or the name that was dialled. */
  readonly host: string;
  /** Of the gateway that is dialled. */
  readonly id?: string;
}

/** Where a peer finds our media ports: one address for all, or one for each. */
export type MediaAddress = string | ((peer: MediaPeer) => string);

export function mediaAddressFor(address: MediaAddress, peer: MediaPeer): string {
  return typeof address === 'string' ? address : address(peer);
}
