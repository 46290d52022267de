import type { AgentSpec } from '../voice/agent-spec.ts';

const VARIABLE = /\{\{\s*sip_headers\.([A-Za-z0-9-]{1,64})\s*\}\}/g;

/**
 * The agent with `{{sip_headers.x-customer}}` in its instructions and its first sentence replaced by what the INVITE said; by nothing when it
 * said nothing.
 */
export function withSipHeaders(
  agent: AgentSpec,
  headers: Readonly<Record<string, string>>,
): AgentSpec {
  const fill = (text: string) =>
    text.replace(VARIABLE, (_, name: string) => headers[name.toLowerCase()] ?? '');
  const { instructions, firstSentence } = agent;
  return {
    ...agent,
    instructions: fill(instructions),
    ...(firstSentence !== undefined && { firstSentence: fill(firstSentence) }),
  };
}
