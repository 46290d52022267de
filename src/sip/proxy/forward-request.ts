import type { Endpoint } from '../endpoint.ts';
import type { LocalIdentity } from '../local-identity.ts';
import { type Header, Headers, header } from '../message/headers.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { applicationLines } from '../outgoing-request.ts';
import { type TargetFault, targetOf } from '../target.ts';
import type { ProxyTarget } from './response-context-io.ts';
import {
  isLoose,
  isOwnUri,
  ROUTE_TOKEN_PARAMETER,
  type RoutedRequest,
  uriOf,
} from './route-processing.ts';
import { nextMaxBreadth, nextMaxForwards } from './validate-request.ts';

/** What is the same for all branches of a request. */
export interface Forwarding {
  /** As received, our stamp on its top Via. */
  readonly request: SipRequest;
  readonly source: Endpoint;
  readonly routed: RoutedRequest;
  /** Branches that are under way at once. */
  readonly breadth: number;
  /** Set: stay in the dialog, with this token in our Record-Route. */
  readonly routeToken: string | undefined;
  /** The application's own lines; each replaces those of its name. */
  readonly headers: readonly Header[];
}

/** Where one copy goes: the request line, the Route that remains, the next hop. */
export interface NextHop {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly to: Endpoint;
}

/** Steps 2, 6 and 7 of RFC 3261 section 16.6. A Request-URI that does not name us is not ours to change. */
export function nextHopOf(
  { routed }: Pick<Forwarding, 'routed'>,
  target: ProxyTarget,
  identity: LocalIdentity,
): NextHop | TargetFault {
  const replaces = target.isRedirect || isOwnUri(identity, routed.uri);
  const uri = replaces ? withoutHeaders(target.uri) : routed.uri;
  const [first] = routed.routes;
  const to = targetOf(first === undefined ? target.uri : uriOf(first));
  if (typeof to === 'string') return to;
  if (first === undefined || isLoose(uriOf(first))) return { uri, routes: routed.routes, to };
  return { uri: uriOf(first), routes: [...routed.routes.slice(1), `<${uri}>`], to };
}

/** The copy for one branch: RFC 3261 section 16.6. `branch` is the parameter of our Via. */
export function buildForwarded(
  forwarding: Forwarding,
  { uri, routes, to }: NextHop,
  branch: string,
  identity: LocalIdentity,
): SipRequest {
  const { request, breadth } = forwarding;
  const given = applicationLines(forwarding.headers);
  const dropped = ['route', 'max-forwards', 'max-breadth', ...given.map(({ key }) => key)];
  const kept = [...request.headers.without(...dropped)];
  const vias = kept.filter(({ key }) => key === 'via');
  const lines = [
    header('Via', identity.viaFor(to, branch)),
    ...vias,
    ...routes.map((route) => header('Route', route)),
    ...recordRoute(forwarding, to, identity),
    header('Max-Forwards', nextMaxForwards(request.headers.first('max-forwards'))),
    header('Max-Breadth', nextMaxBreadth(request.headers.first('max-breadth'), breadth)),
    ...kept.filter(({ key }) => key !== 'via'),
    ...given,
  ];
  return { ...request, uri, headers: new Headers(lines) };
}

/**
 * Step 4, with one value for each side when the two do not reach us under the same name (RFC 5658). A REGISTER makes no dialog: its way back is
 * a Path (RFC 3327).
 */
function recordRoute(
  { routeToken, source, request }: Forwarding,
  to: Endpoint,
  identity: LocalIdentity,
): readonly Header[] {
  if (routeToken === undefined) return [];
  const isRegister = request.method === 'REGISTER';
  const parameters = isRegister ? ';lr' : `;lr;${ROUTE_TOKEN_PARAMETER}=${routeToken}`;
  const values = [to, source].map((side) =>
    identity.contactFor(side).replace('>', `${parameters}>`),
  );
  const name = isRegister ? 'Path' : 'Record-Route';
  const lines = [...new Set(values)].map((value) => header(name, value));
  if (!isRegister || request.headers.values('require').includes('path')) return lines;
  return [...lines, header('Require', 'path')];
}

/** RFC 3261 section 19.1.1: headers of a URI have no place in a Request-URI. */
function withoutHeaders(uri: string): string {
  const question = uri.indexOf('?');
  return question === -1 ? uri : uri.slice(0, question);
}
