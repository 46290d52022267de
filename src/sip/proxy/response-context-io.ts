import type { SipResponse } from '../message/sip-message.ts';
import type { BranchFinal } from './best-response.ts';

/** A place to forward to. The target of a redirection replaces the Request-URI whatever that is. */
export interface ProxyTarget {
  readonly uri: string;
  readonly isRedirect: boolean;
}

export interface ResponseContextOptions {
  readonly isInvite: boolean;
  readonly isParallel: boolean;
  readonly followRedirects: boolean;
  /** How long a target may be silent before the next one is tried. */
  readonly provisionalTimeoutMs: number | undefined;
}

export const PROXY_LIMITS = Object.freeze({
  /** RFC 3261 section 16.6 step 11: more than three minutes. */
  timerCMs: 185_000,
  branches: 16,
  /** Requests under way at once. */
  contexts: 10_000,
  /** Redirections that follow from one another. */
  redirects: 5,
});

export type ResponseContextInput =
  /** A response of this branch, our Via taken off. */
  | { readonly type: 'response'; readonly branch: number; readonly response: SipResponse }
  /** The branch ended without a response. */
  | { readonly type: 'failed'; readonly branch: number; readonly statusCode: 408 | 503 }
  /** The target could not be sent to at all. */
  | { readonly type: 'unreachable'; readonly branch: number }
  /** The client transaction of the branch is gone. */
  | { readonly type: 'ended'; readonly branch: number }
  /** The caller gave up. */
  | { readonly type: 'cancel' };

export type ResponseContextOutput =
  | { readonly type: 'try'; readonly branch: number; readonly target: ProxyTarget }
  | { readonly type: 'cancel'; readonly branch: number }
  /** Goes to the caller at once. */
  | { readonly type: 'forward'; readonly response: SipResponse }
  /** The one final answer when no branch succeeded; `others` came beside it. */
  | {
      readonly type: 'answer';
      readonly best: BranchFinal;
      readonly finals: readonly BranchFinal[];
    }
  /** The first final response of a branch, before the caller had its answer. */
  | { readonly type: 'report'; readonly branch: number; readonly final: BranchFinal }
  /** The caller has had a final answer; nothing is reported after this. */
  | { readonly type: 'done' }
  /** No target could be sent to. */
  | { readonly type: 'unreachable' }
  /** No branch is left. Nothing follows. */
  | { readonly type: 'over' };
