declare module 'node-wav' {
  export const encode: import('./recording-worker.ts').EncodeWav;
}
