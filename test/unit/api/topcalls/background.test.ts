import { expect, test } from 'vitest';

import { parseCallBody } from '../../../../src/api/topcalls/call-body.ts';
import { toNewCall } from '../../../../src/api/topcalls/new-call.ts';

const CONTEXT = {
  callId: 'c',
  accountId: 'a',
  resolveVoice: (voice: string) => ({ voice }),
  ringTimeoutMs: 1,
  rtpTimeoutMs: 1,
};

function backgroundOf(fields: object) {
  const body = { phone_number: '+14155550123', task: 'Call them.', ...fields };
  const parsed = parseCallBody(body, '+14155550123');
  if (!parsed.ok) throw new Error('expected a body that is accepted');
  return toNewCall(parsed.body, CONTEXT).spec.agent.background;
}

test('background_audio and its gain are what is heard behind the agent', () => {
  expect(backgroundOf({})).toBeUndefined();
  expect(backgroundOf({ background_audio: 'none', background_audio_gain: 'high' })).toBeUndefined();
  expect(backgroundOf({ background_audio: 'cafe' })).toEqual({ sound: 'cafe', level: 'medium' });
  expect(backgroundOf({ background_audio: 'keyboard', background_audio_gain: 'low' })).toEqual({
    sound: 'keyboard',
    level: 'low',
  });
});
