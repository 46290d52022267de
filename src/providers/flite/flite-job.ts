import type { WasmModule } from './web-assembly.ts';

/** What a worker gets at its start, shared without copying: the code is compiled once for all of them. */
export interface FliteWorkerData {
  readonly module: WasmModule;
}

export interface FliteJob {
  readonly text: string;
  readonly voice: string;
  /** 1 is the voice's own pace, 2 twice as fast. */
  readonly speed: number;
}

export type FliteResult =
  | { readonly ok: true; readonly samples: Int16Array<ArrayBuffer>; readonly sampleRateHz: number }
  | { readonly ok: false; readonly exitCode: number };
