import type { Header } from '../message/headers.ts';

/** What a user wants done with a request that it was told of. */
export interface ProxyCommand {
  /** URIs in the order of preference. */
  readonly targets: readonly string[];
  readonly isParallel: boolean;
  readonly followRedirects: boolean;
  /** Later requests of the dialog are to come through us. */
  readonly remainInDialog: boolean;
  readonly provisionalTimeoutMs: number | undefined;
  /** Added to what is forwarded; each replaces the lines of its name. */
  readonly headers: readonly Header[];
}

export type ProxyFault =
  | 'unknown-transaction'
  /** No target can be sent to; the caller has had its 500. */
  | 'unreachable'
  /** RFC 3261 section 16.3: the caller has had this answer. */
  | { readonly statusCode: number };
