export interface SearchOptions {
  readonly from: number;
  readonly most: number;
  /** Factor from one number to the next while all goes well. */
  readonly step: number;
  /** The answer may be too small by this share. */
  readonly tolerance: number;
}

/**
 * The largest number that is all right: upwards in steps until one is not, then halving what is between. 0 when `from` and a quarter of it fail.
 * Every number is asked for once.
 */
export async function largest(
  isAllRight: (count: number) => Promise<boolean>,
  { from, most, step, tolerance }: SearchOptions,
): Promise<number> {
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  for (let count = from; bad === Number.POSITIVE_INFINITY && good < most; ) {
    if (await isAllRight(count)) good = count;
    else bad = count;
    count = Math.min(most, Math.round(count * step));
  }
  if (good === 0) good = (await isAllRight(Math.round(from / 4))) ? Math.round(from / 4) : 0;
  while (
    good > 0 &&
    bad !== Number.POSITIVE_INFINITY &&
    bad - good > Math.max(1, good * tolerance)
  ) {
    const middle = Math.round((good + bad) / 2);
    if (await isAllRight(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
