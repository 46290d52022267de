/** JavaScript heap of the calling thread in use, in bytes: without its garbage where the process may collect (`node --expose-gc`). */
export function liveHeapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
