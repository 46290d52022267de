/** What a client says the agent shall do: a task in a sentence, or complete instructions. */
export interface PromptParts {
  readonly task?: string;
  readonly instructions?: string;
  /** Facts for this call, such as the name of the person who is called. */
  readonly requestData?: Readonly<Record<string, unknown>>;
}

/** The system prompt of an outgoing call. */
export function callPrompt(parts: PromptParts): string {
  const prompt = parts.instructions ?? promptOfTask(parts.task ?? '');
  return `${prompt}${factsOf(parts.requestData ?? {})}`;
}

function promptOfTask(task: string): string {
  return [
    'You are a voice agent who has placed a phone call. Your task on this call:',
    task,
    'Speak as one does on the phone: one or two short sentences at a time, plain words, no lists, no symbols, no stage directions.',
    'Listen, answer what is asked, and come back to the task. Do not invent facts.',
    'When the task is done, or the other side wants to end the call, say goodbye and end the call.',
  ].join('\n\n');
}

function factsOf(data: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(data).map(([name, value]) => `- ${name}: ${asText(value)}`);
  return facts.length === 0 ? '' : `\n\nFacts about this call:\n${facts.join('\n')}`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
