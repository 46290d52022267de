import { expect, test } from 'vitest';
import { EngineProcess } from '../../support/engine/engine-process.ts';
import { Phone } from '../../support/engine/phone.ts';

test('SIGUSR2 logs what the engine holds, during a call and as often as it is asked', async () => {
  const engine = await EngineProcess.start({ nodeArguments: ['--expose-gc'] });
  try {
    engine.signal('SIGUSR2');
    expect(await engine.logged('diagnostics')).toMatchObject({
      activeCalls: 0,
      pendingWrites: 0,
      media: { sessionsOpen: 0 },
      sip: { transactions: 0, dialogs: 0, heapUsedBytes: expect.any(Number) },
      heapUsedBytes: expect.any(Number),
      rssBytes: expect.any(Number),
      resources: expect.objectContaining({ TCPServerWrap: 1 }),
    });

    const phone = await Phone.call({ remote: engine.remote });
    engine.signal('SIGUSR2');
    expect(await engine.logged('diagnostics', 1)).toMatchObject({
      activeCalls: 1,
      media: { sessionsOpen: 1 },
      sip: { dialogs: 1 },
    });
    await phone.hangUp();
  } finally {
    await engine.close();
  }
});
