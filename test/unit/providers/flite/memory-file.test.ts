import { describe, expect, test } from 'vitest';
import { type FileCalls, MemoryFile } from '../../../../src/providers/flite/memory-file.ts';

const HOST_ANSWER = 77;
const host: FileCalls = {
  fd_prestat_get: () => HOST_ANSWER,
  fd_prestat_dir_name: () => HOST_ANSWER,
  fd_fdstat_get: () => HOST_ANSWER,
  path_open: () => HOST_ANSWER,
  fd_write: () => HOST_ANSWER,
  fd_seek: () => HOST_ANSWER,
  fd_close: () => HOST_ANSWER,
};

function setUp(bytes = 1_024) {
  const file = new MemoryFile();
  const memory = new ArrayBuffer(bytes);
  file.attach({ buffer: memory });
  return { file, calls: file.calls(host), view: new DataView(memory) };
}

describe('a file in memory (WASI preview 1)', () => {
  test('there is one directory', () => {
    const { calls } = setUp();
    expect(calls.fd_prestat_get(3, 0)).toBe(0);
    expect(calls.fd_prestat_get(4, 0)).toBe(8);
    expect(calls.fd_prestat_dir_name(4, 0, 1)).toBe(8);
  });

  test('what is written in pieces is read as one', () => {
    const { file, calls, view } = setUp();
    calls.path_open(3, 1, 0, 5, 9, 0n, 0n, 0, 900);
    const fd = view.getUint32(900, true);
    for (const [index, byte] of [10, 20, 30, 40, 50].entries()) view.setUint8(100 + index, byte);
    for (const [index, value] of [100, 2, 102, 3].entries()) view.setUint32(index * 4, value, true);
    expect(calls.fd_write(fd, 0, 2, 500)).toBe(0);
    expect(view.getUint32(500, true)).toBe(5);
    expect([...file.content()]).toEqual([10, 20, 30, 40, 50]);
    expect(calls.fd_close(fd)).toBe(0);
  });

  test('other descriptors are the host’s', () => {
    const { calls } = setUp();
    expect(calls.fd_write(1, 0, 0, 0)).toBe(HOST_ANSWER);
    expect(calls.fd_fdstat_get(1, 0)).toBe(HOST_ANSWER);
    expect(calls.fd_close(1)).toBe(HOST_ANSWER);
  });

  test('a file without end is refused', () => {
    const { calls, view } = setUp(1_048_576);
    view.setUint32(4, 1_048_576, true);
    const codes = Array.from({ length: 12 }, () => {
      view.setUint32(0, 0, true);
      view.setUint32(4, 1_048_576, true);
      return calls.fd_write(4, 0, 1, 16);
    });
    expect(codes).toContain(51);
  });
});
