import type { WasmMemory } from './web-assembly.ts';

/** The part of `wasi_snapshot_preview1` that Flite writes its file with; numbers are WASI error codes. */
export interface FileCalls {
  fd_prestat_get(fd: number, resultAt: number): number;
  fd_prestat_dir_name(fd: number, pathAt: number, pathLength: number): number;
  fd_fdstat_get(fd: number, resultAt: number): number;
  path_open(...args: readonly unknown[]): number;
  fd_write(fd: number, vectorsAt: number, vectorCount: number, writtenAt: number): number;
  fd_seek(fd: number): number;
  fd_close(fd: number): number;
}

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_PERMITTED = 63;
const NO_SPACE = 51;

const DIRECTORY_FD = 3;
const FILE_FD = 4;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR = 4;
const ALL_RIGHTS = 0x1fffffffn;
/** Where `path_open` puts the new descriptor. */
const OPENED_FD_ARGUMENT = 8;
/** Five minutes of speech. */
const MAX_FILE_BYTES = 16_000 * 2 * 300;

/**
 * One directory with one file to write, in memory: what a synthesised sentence is written to, so that no disk is touched and there
 * is nothing to clean up. Other descriptors are left to the host.
 */
export class MemoryFile {
  #memory: WasmMemory | undefined;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  attach(memory: WasmMemory): void {
    this.#memory = memory;
  }

  content(): Uint8Array {
    const content = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      content.set(part, at);
      at += part.length;
    }
    return content;
  }

  /** @param host answers for the standard streams. */
  calls(host: FileCalls): FileCalls {
    return {
      fd_prestat_get: (fd, resultAt) => {
        if (fd !== DIRECTORY_FD) return BAD_DESCRIPTOR;
        const view = this.#view();
        view.setUint8(resultAt, 0);
        view.setUint32(resultAt + 4, 1, true);
        return SUCCESS;
      },
      fd_prestat_dir_name: (fd, pathAt) => {
        if (fd !== DIRECTORY_FD) return BAD_DESCRIPTOR;
        this.#view().setUint8(pathAt, '/'.charCodeAt(0));
        return SUCCESS;
      },
      fd_fdstat_get: (fd, resultAt) => {
        if (fd !== DIRECTORY_FD && fd !== FILE_FD) return host.fd_fdstat_get(fd, resultAt);
        return this.#describe(fd, resultAt);
      },
      path_open: (...args) => {
        this.#view().setUint32(Number(args[OPENED_FD_ARGUMENT]), FILE_FD, true);
        return SUCCESS;
      },
      fd_write: (fd, vectorsAt, vectorCount, writtenAt) => {
        if (fd !== FILE_FD) return host.fd_write(fd, vectorsAt, vectorCount, writtenAt);
        return this.#write(vectorsAt, vectorCount, writtenAt);
      },
      fd_seek: () => NOT_PERMITTED,
      fd_close: (fd) => (fd === FILE_FD ? SUCCESS : host.fd_close(fd)),
    };
  }

  #describe(fd: number, resultAt: number): number {
    const view = this.#view();
    view.setUint8(resultAt, fd === DIRECTORY_FD ? FILETYPE_DIRECTORY : FILETYPE_REGULAR);
    view.setUint16(resultAt + 2, 0, true);
    view.setBigUint64(resultAt + 8, ALL_RIGHTS, true);
    view.setBigUint64(resultAt + 16, ALL_RIGHTS, true);
    return SUCCESS;
  }

  #write(vectorsAt: number, vectorCount: number, writtenAt: number): number {
    const view = this.#view();
    let written = 0;
    for (let index = 0; index < vectorCount; index++) {
      const at = view.getUint32(vectorsAt + index * 8, true);
      const length = view.getUint32(vectorsAt + index * 8 + 4, true);
      if (this.#bytes + length > MAX_FILE_BYTES) return NO_SPACE;
      this.#parts.push(new Uint8Array(view.buffer.slice(at, at + length)));
      this.#bytes += length;
      written += length;
    }
    view.setUint32(writtenAt, written, true);
    return SUCCESS;
  }

  /** Made anew for each call: the memory's buffer changes when it grows. */
  #view(): DataView<ArrayBuffer> {
    if (!this.#memory) throw new Error('no memory attached');
    return new DataView(this.#memory.buffer);
  }
}
