import type { CallObject } from './call-object.ts';
import { channelLevelsDbfs, type WavFile } from './wav-file.ts';

/** The greeting, two questions, the interruption, the keys. A real recogniser may split one. */
const TURNS = 5;
const AUDIBLE_DBFS = -50;
const DURATION_TOLERANCE_MS = 1_500;
const MS_PER_MINUTE = 60_000;

/** What did not happen as it should have; nothing when the call went well. */
export function faultsOfCall(call: CallObject): readonly string[] {
  const faults: string[] = [];
  if (call.turns.length < TURNS) faults.push(`${call.turns.length} turns instead of ${TURNS}`);
  call.turns.forEach(({ error, first_packet_out_ms }, index) => {
    if (error !== undefined) faults.push(`turn ${index + 1} failed: ${error}`);
    else if (first_packet_out_ms === undefined) faults.push(`turn ${index + 1} was not heard`);
  });
  if (!call.turns.some(({ barge_in }) => barge_in?.outcome === 'flushed')) {
    faults.push('the interruption did not stop the agent');
  }
  if (!call.transcript.some(({ user, text }) => user === 'user' && /pressed 12#/.test(text))) {
    faults.push('the keys 1 2 # did not arrive');
  }
  if (call.ended_by !== 'caller') faults.push(`the call was ended by ${call.ended_by}`);
  return faults;
}

export function faultsOfRecording(wav: WavFile, call: CallObject): readonly string[] {
  const [caller = -Infinity, agent = -Infinity] = channelLevelsDbfs(wav);
  const faults: string[] = [];
  if (wav.channels.length !== 2) faults.push('the recording is not stereo');
  if (caller < AUDIBLE_DBFS) faults.push('the caller is not heard in the recording');
  if (agent < AUDIBLE_DBFS) faults.push('the agent is not heard in the recording');
  const missingMs = Math.abs(wav.durationMs - call.duration * MS_PER_MINUTE);
  if (missingMs > DURATION_TOLERANCE_MS) {
    faults.push(`the recording and the call differ by ${(missingMs / 1_000).toFixed(1)} s`);
  }
  return faults;
}
