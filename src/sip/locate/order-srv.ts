import type { SrvRecord } from './dns-record.ts';

/**
 * The order in which the targets are tried (RFC 2782): lowest priority first, and among those of one priority each next one drawn
 * by weight, so that a target of weight 0 is rarely but sometimes the first.
 *
 * @param random gives numbers from 0 up to but without 1.
 */
export function orderSrv(
  records: readonly SrvRecord[],
  random: () => number,
): readonly SrvRecord[] {
  const byPriority = new Map<number, SrvRecord[]>();
  for (const record of records) {
    const group = byPriority.get(record.priority);
    if (group === undefined) byPriority.set(record.priority, [record]);
    else group.push(record);
  }
  return [...byPriority]
    .sort(([a], [b]) => a - b)
    .flatMap(([, group]) => drawByWeight(group, random));
}

function drawByWeight(group: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  // Those of weight 0 stand first: the draw of 0 is theirs.
  const left = [...group].sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0));
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const draw = Math.floor(random() * (total + 1));
    let sum = 0;
    const at = left.findIndex(({ weight }) => {
      sum += weight;
      return sum >= draw;
    });
    drawn.push(...left.splice(Math.max(at, 0), 1));
  }
  return drawn;
}
