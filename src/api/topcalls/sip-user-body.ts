import { z } from 'zod';
import { SIP_USER_LIMITS, SIP_USERNAME } from '../../registrar/sip-user.ts';
import type { SipUserSettings } from '../../registrar/sip-users.ts';
import type { FieldError } from '../problem.ts';
import { toFieldErrors } from './field-errors.ts';

const MIN_PASSWORD = 8;
const MAX_PASSWORD = 128;
const CONTACTS_EXPECTED = `must be a whole number from 1 to ${SIP_USER_LIMITS.mostContacts}`;

/** Body of `POST /v1/sip-users`. What it does not name is ignored. */
export const sipUserBody = z.object(
  {
    username: z
      .string('must be a string')
      .regex(SIP_USERNAME, 'must be 1 to 64 letters, digits, dots, dashes, underscores or pluses')
      .describe('Also the address of its calls: `sip:username`.'),
    password: z
      .string('must be a string')
      .min(MIN_PASSWORD, `must have at least ${MIN_PASSWORD} characters`)
      .max(MAX_PASSWORD, `must have at most ${MAX_PASSWORD} characters`)
      .describe('Only hashes of it are kept; it is never shown.'),
    display_name: z
      .string('must be a string')
      .min(1, 'must not be empty')
      .max(100, 'must have at most 100 characters')
      .regex(/^[^\p{Cc}"\\<>]*$/u, 'must not have control characters, quotes or angle brackets')
      .optional(),
    agent: z
      .string('must be a string')
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be the name of an agent')
      .optional()
      .describe('Answers its calls to numbers that nobody else answers.'),
    max_contacts: z
      .int(CONTACTS_EXPECTED)
      .min(1, CONTACTS_EXPECTED)
      .max(SIP_USER_LIMITS.mostContacts, CONTACTS_EXPECTED)
      .default(SIP_USER_LIMITS.maxContacts)
      .describe('Devices at once.'),
  },
  'must be a JSON object',
);

export type SipUserBodyResult =
  | { readonly ok: true; readonly settings: SipUserSettings }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

export function parseSipUserBody(input: unknown): SipUserBodyResult {
  const parsed = sipUserBody.safeParse(input ?? {});
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error, input ?? {}) };
  const { username, password, display_name, agent, max_contacts } = parsed.data;
  const settings = {
    username,
    password,
    maxContacts: max_contacts,
    ...(display_name !== undefined && { displayName: display_name }),
    ...(agent !== undefined && { agent }),
  };
  return { ok: true, settings };
}
