import type { Carrier, Gateway } from './carrier.ts';
import { dialledUser, formatOf } from './number-format.ts';

export interface RouteQuery {
  readonly number: string;
  readonly accountId: string;
  /** The carrier that the caller's own number came with: then no other is asked. */
  readonly carrierId?: string;
}

export interface RouteOptions {
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly isDown: (gatewayId: string) => boolean;
}

/** One way out: where, and as which user part. */
export interface Route {
  readonly carrier: Carrier;
  readonly gateway: Gateway;
  readonly toUser: string;
  /** It does not answer at the moment, and is tried when nothing else is left. */
  readonly isDown: boolean;
}

interface Candidate extends Route {
  readonly prefixLength: number;
}

/** More would keep the caller waiting for longer than anybody waits. */
const MAX_ROUTES = 12;

/**
 * The ways a call may take, in the order they are tried. The carriers are the one that was asked for, or else the account's default ones, or all the
 * account has, or those of the configuration: the first of these groups that takes the number. Of their gateways those that are down come last; then
 * the longest prefix decides, then the lowest priority, then chance by weight (RFC 2782).
 */
export function routeList(
  carriers: readonly Carrier[],
  query: RouteQuery,
  options: RouteOptions,
): readonly Route[] {
  for (const group of groupsOf(carriers, query)) {
    const candidates = group.flatMap((carrier) => candidatesOf(carrier, query.number, options));
    if (candidates.length > 0) return inOrder(candidates, options.random).slice(0, MAX_ROUTES);
  }
  return [];
}

function groupsOf(
  carriers: readonly Carrier[],
  { accountId, carrierId }: RouteQuery,
): readonly (readonly Carrier[])[] {
  const own = carriers.filter((carrier) => carrier.accountId === accountId);
  const system = carriers.filter((carrier) => carrier.accountId === undefined);
  if (carrierId !== undefined) {
    return [[...own, ...system].filter((carrier) => carrier.id === carrierId)];
  }
  return [own.filter((carrier) => carrier.isDefault), own, system];
}

function candidatesOf(carrier: Carrier, number: string, options: RouteOptions): Candidate[] {
  const digits = number.replace(/\D/g, '');
  return carrier.gateways.flatMap((gateway) => {
    const prefixLength = matchedLength(gateway.prefixes, digits);
    if (!gateway.isActive || !gateway.outbound || prefixLength === undefined) return [];
    const toUser = dialledUser(formatOf(carrier, gateway), number);
    return [{ carrier, gateway, toUser, prefixLength, isDown: options.isDown(gateway.id) }];
  });
}

function matchedLength(prefixes: readonly string[], digits: string): number | undefined {
  if (prefixes.length === 0) return 0;
  const lengths = prefixes
    .filter((prefix) => digits.startsWith(prefix))
    .map(({ length }) => length);
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

function inOrder(candidates: readonly Candidate[], random: () => number): readonly Candidate[] {
  const groups = Map.groupBy(candidates, rankOf);
  const ranks = [...groups.keys()].sort();
  return ranks.flatMap((rank) => shuffled(groups.get(rank) ?? [], random));
}

/** Sorts as text. */
function rankOf({ isDown, prefixLength, gateway }: Candidate): string {
  const longestFirst = String(99 - Math.min(prefixLength, 99)).padStart(2, '0');
  return `${isDown ? 1 : 0}-${longestFirst}-${String(gateway.priority).padStart(6, '0')}`;
}

/** Each place goes to one of those left, by weight. A weight of 0 has a small chance (RFC 2782). */
function shuffled(candidates: readonly Candidate[], random: () => number): readonly Candidate[] {
  const left = [...candidates];
  const order: Candidate[] = [];
  while (left.length > 0) {
    const [chosen] = left.splice(drawnIndex(left, random()), 1);
    if (chosen) order.push(chosen);
  }
  return order;
}

const SMALL_CHANCE = 0.01;

function drawnIndex(candidates: readonly Candidate[], drawn: number): number {
  const weights = candidates.map(({ gateway }) => Math.max(gateway.weight, SMALL_CHANCE));
  let rest = drawn * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
  return index === -1 ? candidates.length - 1 : index;
}
