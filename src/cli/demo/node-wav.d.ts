declare module 'node-wav' {
  export const decode: import('./wav-file.ts').DecodeWav;
}
