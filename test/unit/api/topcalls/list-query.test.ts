import { describe, expect, test } from 'vitest';
import { parseListQuery } from '../../../../src/api/topcalls/list-query.ts';

describe('query of GET /v1/calls', () => {
  test('by default a page has 50 calls', () => {
    expect(parseListQuery({}, 'a')).toEqual({ accountId: 'a', limit: 50, filters: {} });
  });

  test('times are brought to UTC', () => {
    const query = { created_after: '2026-01-31T12:00:00+02:00', created_before: '2026-02-01' };

    expect(parseListQuery(query, 'a').filters).toEqual({
      createdAfter: '2026-01-31T10:00:00.000Z',
      createdBefore: '2026-02-01T00:00:00.000Z',
    });
  });

  test('a cursor is that of a page, or a time alone', () => {
    const createdAt = '2026-01-31T12:00:00.123Z';

    expect(parseListQuery({ cursor: `${createdAt}_some-id` }, 'a').cursor).toEqual({
      createdAt,
      id: 'some-id',
    });
    expect(parseListQuery({ cursor: createdAt }, 'a').cursor).toEqual({ createdAt });
  });

  test.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '1.5'],
    ['limit', 'many'],
    ['limit', ['1', '2']],
    ['cursor', 'x'],
    ['cursor', '2026-13-45T00:00:00Z'],
    ['status', 'sleeping'],
    ['direction', 'sideways'],
    ['created_after', 'yesterday'],
    ['created_before', ''],
  ])('%s may not be %j', (name, value) => {
    expect(() => parseListQuery({ [name]: value }, 'a')).toThrow(
      expect.objectContaining({ status: 400, errors: [expect.objectContaining({ path: name })] }),
    );
  });
});
