import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const RULE = './lint/no-awaited-srf-request.grit';

const SOURCE = `export async function run(srf, app, dialog) {
  await srf.request('sip:a', {});
  const sent = await app.srf.request('sip:b');
  await dialog.request({ method: 'INFO' });
  srf.request('sip:c', {}, () => sent);
}
class Client {
  #srf;
  async send() {
    return await this.#srf?.request('sip:d');
  }
}
export { Client };
`;

/** The lines of `source` in which the rule finds something. */
function findings(source: string): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), 'lint-rule-'));
  try {
    const linter = { rules: { recommended: false } };
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ plugins: [resolve(RULE)], linter }));
    writeFileSync(join(folder, 'source.js'), source);
    const biome = resolve('node_modules/.bin/biome');
    const { stdout, stderr } = spawnSync(biome, ['lint', 'source.js'], { cwd: folder });
    return [...`${stdout}${stderr}`.matchAll(/source\.js:(\d+):\d+ plugin/g)].map(([, line]) =>
      Number(line),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an awaited srf.request is an error: its response may come before the listener', () => {
  expect(findings(SOURCE)).toEqual([2, 3, 10]);
});

test('the rule is in force for src/signaling', () => {
  expect(JSON.parse(readFileSync('biome.json', 'utf8'))).toMatchObject({
    overrides: expect.arrayContaining([{ includes: ['src/signaling/**'], plugins: [RULE] }]),
  });
});
