import type { LocalIdentity } from '../local-identity.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { parseNameAddr } from '../name-addr.ts';
import { targetOf } from '../target.ts';
import { parseSipUri } from '../uri.ts';

/** The URI parameter of our Record-Route that shows it for ours. */
export const ROUTE_TOKEN_PARAMETER = 'via-key';

/** A request after RFC 3261 section 16.4: where it goes, with nothing of ours left in the way. */
export interface RoutedRequest {
  readonly uri: string;
  /** The Route values that remain. */
  readonly routes: readonly string[];
  /** The tokens of the Route values that named us. */
  readonly tokens: readonly string[];
}

/** Whether a request to this URI would come to us. */
export function isOwnUri(identity: LocalIdentity, uri: string): boolean {
  const target = targetOf(uri);
  return typeof target !== 'string' && identity.isSelf(target);
}

/**
 * Takes our own values from the top of the route, both when we have put in two, and undoes what a strict router before us did
 * to the Request-URI.
 */
export function processRoutes(request: SipRequest, identity: LocalIdentity): RoutedRequest {
  let { uri } = request;
  const routes = [...request.headers.values('route')];
  const tokens: string[] = [];
  if (routes.length > 0 && isLoose(uri) && isOwnUri(identity, uri)) {
    tokens.push(tokenOf(uri));
    uri = uriOf(routes.pop());
  }
  while (routes.length > 0 && isOwnUri(identity, uriOf(routes[0]))) {
    tokens.push(tokenOf(uriOf(routes.shift())));
  }
  return { uri, routes, tokens: tokens.filter((token) => token !== '') };
}

export function isLoose(uri: string): boolean {
  return parseSipUri(uri)?.parameters.has('lr') === true;
}

export function uriOf(route: string | undefined): string {
  return parseNameAddr(route ?? '')?.uri ?? '';
}

function tokenOf(uri: string): string {
  return parseSipUri(uri)?.parameters.get(ROUTE_TOKEN_PARAMETER) ?? '';
}
