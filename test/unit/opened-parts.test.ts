import { expect, test } from 'vitest';
import { OpenedParts } from '../../src/opened-parts.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

function opened(logged: string[] = []) {
  const destination = { write: (line: string) => logged.push(line) };
  return new OpenedParts(createLogger({ level: 'info', destination }));
}

test('the part that was opened last is closed first, each once it has ended', async () => {
  const parts = opened();
  const closed: string[] = [];
  for (const name of ['store', 'media', 'api']) {
    parts.add(async () => {
      await Promise.resolve();
      closed.push(name);
    });
  }

  await parts.closeAll();
  await parts.closeAll();

  expect(closed).toEqual(['api', 'media', 'store']);
});

test('a part that cannot be closed is logged and keeps no other one open', async () => {
  const logged: string[] = [];
  const parts = opened(logged);
  const closed: string[] = [];
  parts.add(() => void closed.push('store'));
  parts.add(() => Promise.reject(new Error('stuck')));
  parts.add(() => {
    throw new Error('broken');
  });

  await parts.closeAll();

  expect(closed).toEqual(['store']);
  expect(logged).toHaveLength(2);
  expect(logged[0]).toContain('a part could not be closed');
});
