/** What call drivers need of a logger (pino has it). Fields carry call ids, never numbers or what was said. */
export interface CallLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
