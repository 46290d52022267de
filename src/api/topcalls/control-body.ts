import { z } from 'zod';
import type { TransferRequest } from '../../call/transfer-request.ts';
import { softphoneOf } from '../../registrar/sip-user.ts';
import { invalidRequest } from '../problem.ts';
import { toFieldErrors } from './field-errors.ts';

const E164 = /^\+[1-9]\d{1,14}$/;
const SIP_URI = /^sips?:[^\s<>"@?,]{1,128}@[^\s<>"@?,]{1,255}$/i;

const words = z
  .string('must be a string')
  .trim()
  .min(1, 'must not be empty')
  .max(1_000, 'must have at most 1000 characters');

/** Body of `POST /v1/calls/{id}/transfer`. */
export const transferBody = z
  .object(
    {
      to: z
        .string('must be a string')
        .refine(
          (to) => E164.test(to) || SIP_URI.test(to) || softphoneOf(to) !== undefined,
          'must be an E.164 number or a SIP URI',
        )
        .describe(
          'E.164, or `sip:` and the user name of a softphone; a `blind` transfer takes a SIP URI.',
        ),
      mode: z
        .enum(['blind', 'attended', 'bridge', 'warm'], 'must be blind, attended, bridge or warm')
        .default('blind')
        .describe(
          '`blind`: the far end calls it (REFER). `attended`: we call it, then the far end takes our place (REFER with Replaces). `bridge`: we call it and connect both. `warm`: the far end waits, the target hears `summary`, then we connect both.',
        ),
      agent: z
        .enum(
          ['muted', 'listening', 'whispering', 'talking'],
          'must be muted, listening, whispering or talking',
        )
        .optional()
        .describe(
          '`bridge`, `warm`: the agent while both are connected. `muted` (default): silent and deaf. `listening`: silent, writes down what the far end says. `whispering`: talks on, heard by the far end only. `talking`: talks on, heard by both.',
        ),
      summary: words.optional().describe('`warm`: what the target is told.'),
      hold_sentence: words.optional().describe('`warm`: what the far end is told before it waits.'),
    },
    'must be a JSON object',
  )
  .refine(({ mode, summary }) => mode !== 'warm' || summary !== undefined, {
    path: ['summary'],
    message: 'is required when mode is warm',
  })
  .refine(({ mode, agent }) => agent === undefined || mode === 'bridge' || mode === 'warm', {
    path: ['agent'],
    message: 'has a meaning only when mode is bridge or warm',
  })
  .refine(({ to, mode }) => mode === 'blind' || E164.test(to) || softphoneOf(to) !== undefined, {
    path: ['to'],
    message: 'must be an E.164 number or a softphone unless mode is blind',
  })
  .refine(({ to, mode }) => mode !== 'blind' || softphoneOf(to) === undefined, {
    path: ['to'],
    message: 'must be a whole SIP URI when mode is blind',
  });

/** Body of `POST /v1/calls/{id}/dtmf`. */
export const dtmfBody = z.object(
  {
    digits: z
      .string('must be a string')
      .regex(/^[0-9*#A-Da-d]{1,32}$/, 'must be 1 to 32 keys of 0-9, *, # and A-D')
      .describe('Pressed one after the other.'),
  },
  'must be a JSON object',
);

export const acceptedSchema = z.object({ ok: z.literal(true) });

/** @throws Problem 400 with every wrong field */
export function parseControlBody<Body extends z.ZodType>(
  schema: Body,
  input: unknown,
): z.output<Body> {
  const parsed = schema.safeParse(input ?? {});
  if (!parsed.success) throw invalidRequest(toFieldErrors(parsed.error, input ?? {}));
  return parsed.data;
}

export function toTransferRequest(body: z.output<typeof transferBody>): TransferRequest {
  const { to, mode, agent, summary, hold_sentence: holdSentence } = body;
  return {
    to,
    mode,
    ...(agent !== undefined && { agent }),
    ...(summary !== undefined && { summary }),
    ...(holdSentence !== undefined && { holdSentence }),
  };
}
