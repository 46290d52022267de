import { writeFile } from 'node:fs/promises';
import { LadderClient } from './ladder-client.ts';
import { type TraceOptions, traceOptions } from './options.ts';
import { showLadder } from './show-ladder.ts';

const HELP = `npm run trace: the SIP messages of a call, as the engine sent and received them

  npm run trace -- CALL_ID               the ladder: who sent what to whom, and when
  npm run trace -- last                  of the newest call
  npm run trace -- CALL_ID --raw         and every message whole, secrets masked
  npm run trace -- CALL_ID --pcap FILE   as a capture file for Wireshark, tshark or sngrep
  npm run trace -- CALL_ID --json        as the API has it

  --url URL     the engine's API; left out, where the configuration puts it
  --key KEY     the API key; left out, TRUNKLINE_API_KEY or the configuration's
  --config FILE the engine's configuration, when it is not configs/default.yaml

Without colours: NO_COLOR=1. What is kept, and for how long: docs/sip-trace.md
`;

async function main(): Promise<void> {
  const options = traceOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const client = new LadderClient(options.url, options.key);
  const callId = options.callId ?? (await client.newestCall());
  process.stdout.write(await outputOf(client, callId, options));
}

async function outputOf(
  client: LadderClient,
  callId: string,
  options: TraceOptions,
): Promise<string> {
  const { pcapFile, json, withMessages } = options;
  if (pcapFile !== undefined) {
    const bytes = await client.pcap(callId);
    await writeFile(pcapFile, bytes);
    return `${bytes.length} bytes written to ${pcapFile}\n`;
  }
  if (json) return `${JSON.stringify(await client.ladderJson(callId), null, 2)}\n`;
  const [call, ladder] = await Promise.all([client.call(callId), client.ladder(callId)]);
  return showLadder(call, ladder, { stream: process.stdout, withMessages });
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', () => process.exit());
try {
  await main();
} catch (error) {
  process.stderr.write(`trace: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
