import { z } from 'zod';

/** What carriers and softphones have in common about their audio. */

const CODECS = ['PCMU', 'PCMA', 'G722', 'opus', 'L16/8000', 'L16/16000'] as const;
const CODEC_EXPECTED = 'expected PCMU, PCMA, G722, opus, L16/8000 or L16/16000';
const PTIME_EXPECTED = 'expected 10, 20, 30, 40, 50 or 60';

export const codecs = z.array(z.enum(CODECS, CODEC_EXPECTED), 'expected a list of codecs');

export const ptimeMs = z.literal([10, 20, 30, 40, 50, 60], PTIME_EXPECTED);

export const dtmfType = z.enum(['rfc2833', 'tones', 'info'], 'expected rfc2833, tones or info');

const SRTP_EXPECTED = 'expected off, accept, optional or required';

export const srtp = z.enum(['off', 'accept', 'optional', 'required'], SRTP_EXPECTED);
