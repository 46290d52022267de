import type { CallerTurn } from './caller-turn.ts';
import type { ConversationMessage } from './ports.ts';

/** About an hour of talk. A call that lasts longer must outgrow neither the model's window nor its price. */
const MAX_CHARS = 60_000;

/** What was said on the call, by both sides, as it was heard: all a language model ever gets to see of it. */
export class Conversation {
  readonly #instructions: readonly ConversationMessage[];
  readonly #messages: ConversationMessage[] = [];
  #chars = 0;

  constructor(instructions: string) {
    this.#instructions = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  }

  addCaller(turn: CallerTurn): void {
    this.#add(callerMessage(turn));
  }

  /** Nothing heard is nothing said. */
  addAgent(heard: string): void {
    if (heard !== '') this.#add({ role: 'assistant', content: heard });
  }

  /** The instructions, the conversation as far back as it is kept, and a caller turn that is being answered but may still go on. */
  messages(open: CallerTurn): readonly ConversationMessage[] {
    return [...this.#instructions, ...this.#messages, callerMessage(open)];
  }

  /** What was said longest ago is forgotten first. */
  #add(message: ConversationMessage): void {
    this.#messages.push(message);
    this.#chars += message.content.length;
    while (this.#chars > MAX_CHARS) this.#chars -= this.#messages.shift()?.content.length ?? 0;
  }
}

function callerMessage({ text, audio }: CallerTurn): ConversationMessage {
  return { role: 'user', content: text, ...(audio && { audio }) };
}
