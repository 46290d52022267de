import { run as runCapacity } from './capacity/capacity.ts';
import { run as runLatency } from './latency/latency.ts';
import { run as runMedia } from './media/media.ts';
import { run as runSip } from './sip/sip.ts';
import { run as runMediaSoak } from './soak/media/media-soak.ts';
import { run as runSoak } from './soak/soak.ts';

/** Each runs with its own arguments and resolves with the exit code. */
const BENCHES: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  capacity: runCapacity,
  latency: runLatency,
  media: runMedia,
  sip: runSip,
  soak: runSoak,
  'soak-media': runMediaSoak,
};

const HELP = `npm run bench -- NAME [options]

  latency   our own share of each turn's gap and the barge-in times, measured on the packets
  capacity  calls on one core of the media engine, with processor time and memory per call
  media     delay, concealment, clicks and underruns on impaired lines, and pacing while JavaScript is blocked
  sip       calls per second through the SIP server, with processor time and memory per call
  soak      a thousand short calls, and what is left of them
  soak-media  ten thousand sessions of the media engine with faults of every kind, and what is left of them

npm run bench -- NAME --help says what each takes.
`;

const [name = '', ...args] = process.argv.slice(2);
const run = BENCHES[name];
if (run) process.exitCode = await run(args);
else {
  process.stdout.write(HELP);
  process.exitCode = ['', '--help', '-h'].includes(name) ? 0 : 2;
}
