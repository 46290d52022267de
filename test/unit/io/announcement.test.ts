import { expect, test } from 'vitest';
import type { PcmFrame } from '../../../src/audio/pcm-frame.ts';
import { announce } from '../../../src/io/announcement.ts';
import { FakeProviders } from '../../support/call/fake-providers.ts';
import { callSpec } from '../../support/call/specs.ts';

function announcing(providers = new FakeProviders(), signal = new AbortController().signal) {
  const written: PcmFrame[] = [];
  const { agent } = callSpec();
  const write = (audio: PcmFrame) => written.push(audio);
  const isSaid = announce('Hello.', { tts: providers.tts, agent, write }, signal);
  return { isSaid, written };
}

test('a text is spoken as the synthesiser gives it', async () => {
  const { isSaid, written } = announcing();

  expect(await isSaid).toBe(true);
  expect(written).toHaveLength(1);
});

test('a synthesiser that fails is no exception', async () => {
  const providers = new FakeProviders();
  providers.ttsFailure = new Error('gone');

  expect(await announcing(providers).isSaid).toBe(false);
});

test('once aborted, nothing more is said', async () => {
  const controller = new AbortController();
  const providers = new FakeProviders();
  providers.hangs = true;
  const { isSaid, written } = announcing(providers, controller.signal);
  controller.abort();

  expect(await isSaid).toBe(false);
  expect(written).toEqual([]);
  expect(providers.requestsOpen).toBe(0);
});
