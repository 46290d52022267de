/** A promise together with what settles it. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  // Both are set before the constructor of Promise returns.
  #resolve: (value: Value) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(value: Value): void {
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
