import { expect, test } from 'vitest';
import { reportingDials } from '../../src/reported-calls.ts';
import type {
  DialListener,
  DialRequest,
  DialTarget,
  EstablishedCall,
  Signaling,
} from '../../src/signaling/signaling.ts';

function target(id: string, reserve?: DialTarget['reserve']): DialTarget {
  const user = { toUser: '1', fromUser: '2', callerId: 'from' } as const;
  return { id, host: 'sip.example', ...user, ...(reserve && { reserve }) };
}

function dialled(...targets: readonly DialTarget[]) {
  const reports: string[] = [];
  const told: string[] = [];
  const taken: { request?: DialRequest; listener?: DialListener } = {};
  const signaling: Pick<Signaling, 'dial'> = {
    dial: (request, listener) => {
      Object.assign(taken, { request, listener });
      return { cancel: () => undefined };
    },
  };
  const report = (id: string, { status }: { readonly status: number }) =>
    reports.push(`${id} ${status}`);
  reportingDials(signaling as Signaling, report).dial(
    { targets, localSdp: '' },
    {
      onProvisional: (status) => told.push(`provisional ${status}`),
      onAnswered: () => told.push('answered'),
      onFailed: (status) => told.push(`failed ${status}`),
      onAttempt: ({ targetId }) => told.push(`attempt ${targetId}`),
    },
  );
  const { request, listener } = taken;
  if (request === undefined || listener === undefined) throw new Error('nothing was dialled');
  return { request, listener, reports, told };
}

function attempt(targetId: string, status: number) {
  return { targetId, status, reason: '', elapsedMs: 1 };
}

test('of each target is told what became of it, and the caller hears everything', () => {
  const { listener, reports, told } = dialled(target('a'), target('b'));
  listener.onAttempt?.(attempt('a', 503));
  listener.onProvisional(180, undefined);
  listener.onAnswered({} as EstablishedCall);

  expect(reports).toEqual(['a 503', 'b 200']);
  expect(told).toEqual(['attempt a', 'provisional 180', 'answered']);
});

test('a target that our own limits refused says nothing about the gateway', () => {
  const full = target('full', () => ({ refused: 'full' }));
  const { request, listener, reports, told } = dialled(
    full,
    target('b', () => ({ release() {} })),
  );
  for (const { reserve } of request.targets) reserve?.();
  listener.onAttempt?.(attempt('full', 503));
  listener.onAttempt?.(attempt('b', 408));
  listener.onFailed(408, '');

  expect(reports).toEqual(['b 408']);
  expect(told).toEqual(['attempt full', 'attempt b', 'failed 408']);
});
