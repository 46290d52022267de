import { describe, expect, test } from 'vitest';
import { ToolCallAssembler } from '../../../../src/providers/openai/tool-call-assembler.ts';

function assemble(...fragments: readonly Parameters<ToolCallAssembler['add']>[0][]) {
  const assembler = new ToolCallAssembler('x');
  for (const fragment of fragments) assembler.add(fragment);
  return assembler.finish();
}

function failure(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('tool calls in fragments', () => {
  test('interleaved calls are put together by their index', () => {
    expect(
      assemble(
        { index: 1, id: 'b', function: { name: 'two', arguments: '{"n":' } },
        { index: 0, id: 'a', function: { name: 'one', arguments: '' } },
        { index: 1, function: { arguments: '2}' } },
      ),
    ).toEqual([
      { id: 'a', name: 'one', arguments: {} },
      { id: 'b', name: 'two', arguments: { n: 2 } },
    ]);
  });

  test('a call without an id gets one', () => {
    expect(assemble({ index: 3, function: { name: 'f' } })[0]?.id).toBe('call_3');
  });

  test.each([
    ['half an object', { index: 0, function: { name: 'f', arguments: '{"a":' } }],
    ['an array', { index: 0, function: { name: 'f', arguments: '[1]' } }],
    ['no name', { index: 0, function: { arguments: '{}' } }],
  ])('%s is a protocol error', (_, fragment) => {
    expect(failure(() => assemble(fragment))).toMatchObject({ code: 'provider-protocol' });
  });

  test('arguments and calls are bounded', () => {
    const long = { index: 0, function: { name: 'f', arguments: 'x'.repeat(65_537) } };
    expect(failure(() => assemble(long))).toMatchObject({ code: 'provider-protocol' });
    const many = Array.from({ length: 17 }, (_, index) => ({ index, function: { name: 'f' } }));
    expect(failure(() => assemble(...many))).toMatchObject({ code: 'provider-protocol' });
  });
});
