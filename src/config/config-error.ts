import { TrunklineError } from '../core/errors.ts';

/** A start that cannot be: the message is one line naming the key or the variable and what is wrong with it. */
export class ConfigError extends TrunklineError {
  constructor(where: string, problem: string) {
    super('config-invalid', `${where}: ${problem}`.replaceAll(/\s+/g, ' '));
    this.name = 'ConfigError';
  }
}
