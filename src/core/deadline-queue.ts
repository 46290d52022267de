import type { MonotonicMs } from './time.ts';

interface Entry<Key> {
  readonly deadline: MonotonicMs;
  readonly key: Key;
}

/**
 * The next deadline of each of many machines (one per key), earliest first, in logarithmic time. An entry that was replaced
 * stays in the heap until it surfaces or until such entries outnumber the living ones.
 */
export class DeadlineQueue<Key> {
  readonly #current = new Map<Key, Entry<Key>>();
  #heap: Entry<Key>[] = [];

  get size(): number {
    return this.#current.size;
  }

  /** Sets, moves or (with `undefined`) removes the deadline of a key. */
  set(key: Key, deadline: MonotonicMs | undefined): void {
    if (this.#current.get(key)?.deadline === deadline) return;
    if (deadline === undefined) {
      this.#current.delete(key);
      return;
    }
    const entry = { deadline, key };
    this.#current.set(key, entry);
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
    if (this.#heap.length > 4 * this.#current.size + 64) this.#rebuild();
  }

  /** Removes and returns the key with the earliest deadline when it is due at `now`. */
  takeDue(now: MonotonicMs): Key | undefined {
    const top = this.#top();
    if (top === undefined || top.deadline > now) return undefined;
    this.#pop();
    this.#current.delete(top.key);
    return top.key;
  }

  nextDeadline(): MonotonicMs | undefined {
    return this.#top()?.deadline;
  }

  #top(): Entry<Key> | undefined {
    let top = this.#heap[0];
    while (top !== undefined && this.#current.get(top.key) !== top) {
      this.#pop();
      top = this.#heap[0];
    }
    return top;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #rebuild(): void {
    this.#heap = [...this.#current.values()].sort((a, b) => a.deadline - b.deadline);
  }

  #siftUp(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapWhenEarlier(at, parent)) return;
      at = parent;
    }
  }

  #siftDown(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#isEarlier(left + 1, left) ? left + 1 : left;
      if (!this.#swapWhenEarlier(child, at)) return;
      at = child;
    }
  }

  #isEarlier(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    return first !== undefined && second !== undefined && first.deadline < second.deadline;
  }

  #swapWhenEarlier(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined || first.deadline >= second.deadline) {
      return false;
    }
    this.#heap[a] = second;
    this.#heap[b] = first;
    return true;
  }
}
