import { describe, expect, test } from 'vitest';
import { ServerTarget } from '../../support/fuzz/server-target.ts';
import { sipCorpus, tortureMessages } from '../../support/fuzz/sip-corpus.ts';
import { SeededRandom } from '../../support/random/seeded-random.ts';

/** The whole server with an application gets it; throws when drachtio-srf reads what is passed up otherwise than we do. */
function deliver(text: string): number {
  const server = new ServerTarget([]);
  server.run(text, new SeededRandom(1));
  return server.passedUp;
}

const TORTURE = [...tortureMessages()];

describe('what the server passes up is parsed by drachtio-srf without a throw, and as we read it', () => {
  test('every message of the corpus', () => {
    const passedUp = sipCorpus().map(deliver);

    expect(passedUp.filter((count) => count > 0).length).toBeGreaterThan(10);
  });

  test.skipIf(TORTURE.length === 0)(
    'every RFC 4475 message (skipped when the data is not beside the repository)',
    () => {
      const passedUp = TORTURE.filter(([, text]) => deliver(text) > 0);

      expect(passedUp.length).toBeGreaterThan(15);
    },
  );
});
