import type { CallerTurn } from './caller-turn.ts';
import type { ConversationMessage } from './ports.ts';

/** What was said on the call, by both sides, as it was heard: all a language model ever gets to see of it. */
export class Conversation {
  readonly #messages: ConversationMessage[];

  constructor(instructions: string) {
    this.#messages = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  }

  addCaller(turn: CallerTurn): void {
    this.#messages.push(callerMessage(turn));
  }

  /** Nothing heard is nothing said. */
  addAgent(heard: string): void {
    if (heard !== '') this.#messages.push({ role: 'assistant', content: heard });
  }

  /** The whole conversation, and behind it a caller turn that is being answered but may still go on. */
  messages(open: CallerTurn): readonly ConversationMessage[] {
    return [...this.#messages, callerMessage(open)];
  }
}

function callerMessage({ text, audio }: CallerTurn): ConversationMessage {
  return { role: 'user', content: text, ...(audio && { audio }) };
}
