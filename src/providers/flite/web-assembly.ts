/** The few parts of the WebAssembly JavaScript interface used here; TypeScript declares it for browsers only. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<WasmInstance>;
};

/** Compiled code; threads share it by structured clone. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

export interface WasmInstance {
  readonly exports: { readonly memory: WasmMemory };
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export async function compileWasm(bytes: Uint8Array): Promise<WasmModule> {
  return await WebAssembly.compile(bytes);
}

export async function instantiateWasm(module: WasmModule, imports: object): Promise<WasmInstance> {
  return await WebAssembly.instantiate(module, imports);
}
