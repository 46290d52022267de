import { expect, test } from 'vitest';
import { spokenText } from '../../../src/voice/spoken-text.ts';

test.each([
  ['**Sure**, that is *fine*.', 'Sure, that is fine.'],
  ['## Opening hours', 'Opening hours'],
  ['- Milk and `bread`', 'Milk and bread'],
  ['See [our page](https://example.com/x).', 'See our page.'],
  ['Great 😀👍🏽!', 'Great !'],
  ['2 * 3 is 6, snake_case stays', '2 * 3 is 6, snake_case stays'],
  ['C# costs 5 % #1', 'C# costs 5 % #1'],
  ['Two\nlines', 'Two lines'],
  ['😀 ***', ''],
])('%j is spoken as %j', (written, spoken) => {
  expect(spokenText(written)).toBe(spoken);
});
