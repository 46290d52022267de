import type { ToolCall } from '../../voice/ports.ts';
import { protocolError } from '../provider-error.ts';

/** A piece of a tool call in a streamed chat completion. */
export interface ToolCallFragment {
  readonly index: number;
  readonly id?: string | undefined;
  readonly function?: {
    readonly name?: string | undefined;
    readonly arguments?: string | undefined;
  };
}

interface PartialCall {
  id: string;
  name: string;
  arguments: string;
}

const MAX_CALLS = 16;
const MAX_ARGUMENT_CHARS = 65_536;

/** Puts the fragments of a reply's tool calls together; they may come interleaved. */
export class ToolCallAssembler {
  readonly #calls = new Map<number, PartialCall>();
  readonly #source: string;
  #argumentChars = 0;

  constructor(source: string) {
    this.#source = source;
  }

  add(fragment: ToolCallFragment): void {
    const call = this.#callAt(fragment.index);
    call.id ||= fragment.id ?? '';
    call.name ||= fragment.function?.name ?? '';
    const piece = fragment.function?.arguments ?? '';
    this.#argumentChars += piece.length;
    if (this.#argumentChars > MAX_ARGUMENT_CHARS) {
      throw protocolError(this.#source, 'tool arguments too long');
    }
    call.arguments += piece;
  }

  /** The finished calls in the model's order; throws a `provider-protocol` error when one makes no sense. */
  finish(): readonly ToolCall[] {
    const byIndex = [...this.#calls].sort(([left], [right]) => left - right);
    return byIndex.map(([index, call]) => this.#finishCall(index, call));
  }

  #callAt(index: number): PartialCall {
    const known = this.#calls.get(index);
    if (known) return known;
    if (this.#calls.size >= MAX_CALLS) throw protocolError(this.#source, 'too many tool calls');
    const started = { id: '', name: '', arguments: '' };
    this.#calls.set(index, started);
    return started;
  }

  #finishCall(index: number, call: PartialCall): ToolCall {
    if (call.name === '') throw protocolError(this.#source, 'tool call without a name');
    // Some compatible servers send no id.
    const id = call.id === '' ? `call_${index}` : call.id;
    return { id, name: call.name, arguments: this.#parseArguments(call.arguments) };
  }

  #parseArguments(text: string): Readonly<Record<string, unknown>> {
    if (text.trim() === '') return {};
    const parsed = parseJson(text);
    if (!isRecord(parsed)) throw protocolError(this.#source, 'tool arguments are not an object');
    return parsed;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
