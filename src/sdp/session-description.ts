/** A session description, RFC 8866 section 5. What Trunkline does not interpret is kept and written back. */
export interface SessionDescription {
  readonly origin: Origin;
  readonly sessionName: string;
  readonly connection?: Connection;
  /** `t=` values in their order; `0 0` where the peer sent none. */
  readonly timing: readonly string[];
  readonly attributes: readonly Attribute[];
  /** Lines of known letters without a field here: `i u e p b r z k`. */
  readonly otherLines: readonly SdpLine[];
  readonly media: readonly MediaDescription[];
}

/** `o=`, section 5.2. Ids are numbers of up to 64 bits and more: text here, never arithmetic. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: AddressType;
  readonly address: string;
}

export type AddressType = 'IP4' | 'IP6';

/** `c=`, section 5.7. `suffix` is a multicast TTL and count with its slash. */
export interface Connection {
  readonly addressType: AddressType;
  readonly address: string;
  readonly suffix: string;
}

/** `a=`, section 5.13: a property has no value. */
export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

/** `m=` and what follows it, section 5.14. */
export interface MediaDescription {
  readonly media: string;
  readonly port: number;
  /** The `/count` after the port, with its slash; else empty. */
  readonly portSuffix: string;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connection?: Connection;
  readonly attributes: readonly Attribute[];
  readonly otherLines: readonly SdpLine[];
}

export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

export function hasAttribute(
  section: { readonly attributes: readonly Attribute[] },
  name: string,
): boolean {
  return section.attributes.some((attribute) => attribute.name === name);
}
