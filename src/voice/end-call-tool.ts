import type { ToolCall, ToolDefinition } from './ports.ts';

/** How a model hangs up. */
export const END_CALL_TOOL: ToolDefinition = Object.freeze({
  name: 'end_call',
  description:
    'Ends the phone call. Use it when the conversation is over or the caller wants to hang up. What you say is heard to its end first.',
  parameters: {
    type: 'object',
    properties: {
      farewell: { type: 'string', description: 'Last sentence to say, if nothing was said yet.' },
    },
  },
});

export function isEndCall(call: ToolCall): boolean {
  return call.name === END_CALL_TOOL.name;
}

/** The farewell that a model asked for; empty when it gave none. */
export function farewellOf(call: ToolCall): string {
  const { farewell } = call.arguments as { readonly farewell?: unknown };
  return typeof farewell === 'string' ? farewell.trim() : '';
}
