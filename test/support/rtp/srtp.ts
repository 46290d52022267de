import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { SRTP_KEY_BYTES, type SrtpSuite } from '../../../src/media/media-engine.ts';

interface Suite {
  readonly cipher: 'aes-128-ctr' | 'aes-128-gcm' | 'aes-256-gcm';
  readonly saltBytes: number;
  readonly tagBytes: number;
  readonly rtcpTagBytes: number;
}

const SUITES: Readonly<Record<SrtpSuite, Suite>> = {
  AES_CM_128_HMAC_SHA1_80: { cipher: 'aes-128-ctr', saltBytes: 14, tagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { cipher: 'aes-128-ctr', saltBytes: 14, tagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_128_GCM: { cipher: 'aes-128-gcm', saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 },
  AEAD_AES_256_GCM: { cipher: 'aes-256-gcm', saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 },
};

interface SessionKeys {
  readonly cipherKey: Buffer;
  readonly authenticationKey: Buffer;
  readonly salt: Buffer;
}

/** What is encrypted and authenticated of one packet. */
interface Parts {
  readonly header: Buffer;
  readonly body: Buffer;
  readonly ssrc: number;
  /** 48 bits. */
  readonly index: number;
  /** Authenticated behind the body: the rollover counter, or the SRTCP word. */
  readonly word: Buffer;
}

const RTP_HEADER_BYTES = 12;
const RTCP_HEADER_BYTES = 8;
const WORD_BYTES = 4;
const ENCRYPTED = 0x8000_0000;

/**
 * One direction of SRTP as RFC 3711 and RFC 7714 have it, the slow and plain way: what the engine's own is held against. Packets
 * without CSRCs and extensions, of one SSRC.
 */
export class SrtpReference {
  readonly #suite: Suite;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  #rtcpIndex = 0;

  constructor(name: SrtpSuite, master: Uint8Array) {
    if (master.length !== SRTP_KEY_BYTES[name]) throw new Error(`not a key of ${name}`);
    this.#suite = SUITES[name];
    this.#rtp = sessionKeys(this.#suite, Buffer.from(master), 0);
    this.#rtcp = sessionKeys(this.#suite, Buffer.from(master), 3);
  }

  protect(packet: Uint8Array, rollover = 0): Buffer {
    const bytes = Buffer.from(packet);
    const parts = rtpParts(bytes, rollover);
    const { body, tag } = this.#seal(this.#rtp, parts, this.#suite.tagBytes, false);
    return Buffer.concat([parts.header, body, tag]);
  }

  /** Undefined when the tag is wrong. */
  unprotect(packet: Uint8Array, rollover = 0): Buffer | undefined {
    const bytes = Buffer.from(packet);
    const end = bytes.length - this.#suite.tagBytes;
    if (end < RTP_HEADER_BYTES) return undefined;
    const parts = rtpParts(bytes.subarray(0, end), rollover);
    const body = this.#open(this.#rtp, parts, bytes.subarray(end), false);
    return body && Buffer.concat([parts.header, body]);
  }

  protectRtcp(packet: Uint8Array): Buffer {
    const parts = rtcpParts(Buffer.from(packet), this.#rtcpIndex++);
    const { body, tag } = this.#seal(this.#rtcp, parts, this.#suite.rtcpTagBytes, true);
    const trailer = this.#isAead ? [tag, parts.word] : [parts.word, tag];
    return Buffer.concat([parts.header, body, ...trailer]);
  }

  unprotectRtcp(packet: Uint8Array): Buffer | undefined {
    const bytes = Buffer.from(packet);
    const { rtcpTagBytes } = this.#suite;
    const end = bytes.length - rtcpTagBytes - WORD_BYTES;
    if (end < RTCP_HEADER_BYTES) return undefined;
    const wordAt = this.#isAead ? end + rtcpTagBytes : end;
    const tagAt = this.#isAead ? end : end + WORD_BYTES;
    const index = bytes.readUInt32BE(wordAt) - ENCRYPTED;
    if (index < 0) return undefined;
    const parts = rtcpParts(bytes.subarray(0, end), index);
    const tag = bytes.subarray(tagAt, tagAt + rtcpTagBytes);
    const body = this.#open(this.#rtcp, parts, tag, true);
    return body && Buffer.concat([parts.header, body]);
  }

  get #isAead(): boolean {
    return this.#suite.cipher !== 'aes-128-ctr';
  }

  #seal(keys: SessionKeys, parts: Parts, tagBytes: number, isRtcp: boolean) {
    const { cipher } = this.#suite;
    if (cipher === 'aes-128-ctr') {
      const stream = createCipheriv(cipher, keys.cipherKey, counterIv(keys.salt, parts));
      const body = stream.update(parts.body);
      return { body, tag: hmac(keys, { ...parts, body }).subarray(0, tagBytes) };
    }
    const aead = createCipheriv(cipher, keys.cipherKey, gcmIv(keys.salt, parts));
    aead.setAAD(associatedData(parts, isRtcp));
    const body = Buffer.concat([aead.update(parts.body), aead.final()]);
    return { body, tag: aead.getAuthTag() };
  }

  #open(keys: SessionKeys, parts: Parts, tag: Buffer, isRtcp: boolean): Buffer | undefined {
    const { cipher } = this.#suite;
    if (cipher === 'aes-128-ctr') {
      if (!hmac(keys, parts).subarray(0, tag.length).equals(tag)) return undefined;
      return createCipheriv(cipher, keys.cipherKey, counterIv(keys.salt, parts)).update(parts.body);
    }
    const aead = createDecipheriv(cipher, keys.cipherKey, gcmIv(keys.salt, parts));
    aead.setAAD(associatedData(parts, isRtcp));
    aead.setAuthTag(tag);
    try {
      return Buffer.concat([aead.update(parts.body), aead.final()]);
    } catch {
      return undefined;
    }
  }
}

/** RFC 3711 section 4.3, RFC 7714 section 11. */
function sessionKeys({ cipher, saltBytes }: Suite, master: Buffer, label: number): SessionKeys {
  const masterKey = master.subarray(0, master.length - saltBytes);
  const masterSalt = master.subarray(master.length - saltBytes);
  const derive = (offset: number, bytes: number): Buffer => {
    const iv = Buffer.alloc(16);
    masterSalt.copy(iv);
    iv.writeUInt8(iv.readUInt8(7) ^ (label + offset), 7);
    const prf = masterKey.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr';
    return createCipheriv(prf, masterKey, iv).update(Buffer.alloc(bytes));
  };
  return {
    cipherKey: derive(0, cipher === 'aes-256-gcm' ? 32 : 16),
    authenticationKey: derive(1, 20),
    salt: derive(2, saltBytes),
  };
}

function rtpParts(bytes: Buffer, rollover: number): Parts {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeUInt32BE(rollover);
  return {
    header: bytes.subarray(0, RTP_HEADER_BYTES),
    body: bytes.subarray(RTP_HEADER_BYTES),
    ssrc: bytes.readUInt32BE(8),
    index: rollover * 0x1_0000 + bytes.readUInt16BE(2),
    word,
  };
}

function rtcpParts(bytes: Buffer, index: number): Parts {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeUInt32BE(ENCRYPTED + index);
  return {
    header: bytes.subarray(0, RTCP_HEADER_BYTES),
    body: bytes.subarray(RTCP_HEADER_BYTES),
    ssrc: bytes.readUInt32BE(4),
    index,
    word,
  };
}

function hmac(keys: SessionKeys, { header, body, word }: Parts): Buffer {
  const digest = createHmac('sha1', keys.authenticationKey);
  return digest.update(header).update(body).update(word).digest();
}

function associatedData({ header, word }: Parts, isRtcp: boolean): Buffer {
  return isRtcp ? Buffer.concat([header, word]) : header;
}

/** RFC 3711 section 4.1.1. */
function counterIv(salt: Buffer, { ssrc, index }: Parts): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(ssrc, 4);
  iv.writeUIntBE(index, 8, 6);
  return xor(iv, salt);
}

/** RFC 7714 sections 8.1 and 9.1. */
function gcmIv(salt: Buffer, { ssrc, index }: Parts): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(ssrc, 2);
  iv.writeUIntBE(index, 6, 6);
  return xor(iv, salt);
}

function xor(bytes: Buffer, with_: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (with_[index] ?? 0)));
}
