import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';
import { softphoneOf } from '../../registrar/sip-user.ts';
import type { FieldError } from '../problem.ts';
import { toFieldErrors } from './field-errors.ts';

const MIN_PROMPT_LENGTH = 10;
const MAX_PROMPT_LENGTH = 100_000;

const E164 = /^\+[1-9]\d{1,14}$/;

const phoneNumber = z
  .string('must be a string')
  .regex(E164, 'must be an E.164 number such as +15551234567')
  .refine(isDialable, 'is not a number that can be dialled');

/** A number, or one of our own softphones. */
const calledParty = z
  .string('must be a string')
  .refine(
    (value) => softphoneOf(value) !== undefined || E164.test(value),
    'must be an E.164 number such as +15551234567',
  )
  .refine(
    (value) => softphoneOf(value) !== undefined || isDialable(value),
    'is not a number that can be dialled',
  );

function isDialable(value: string): boolean {
  return parsePhoneNumberFromString(value)?.isPossible() ?? false;
}

const prompt = textOf(MIN_PROMPT_LENGTH, MAX_PROMPT_LENGTH);

const tool = z.looseObject(
  {
    name: z
      .string('must be a string')
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, 'must be a name of letters, digits, - and _'),
    description: textOf(1, 4_000).optional(),
    parameters: freeObject().optional(),
  },
  'must be an object',
);

const tools = listOf(tool, 64).optional();

/** Body of `POST /v1/calls`. What it does not name is ignored. */
export const callBody = z.object(
  {
    phone_number: calledParty.describe(
      'Who is called: E.164, or `sip:` and the user name of a softphone.',
    ),
    from_number: phoneNumber
      .optional()
      .describe('The caller id; left out, the one of the configuration.'),
    task: prompt
      .optional()
      .describe('What to do on the call; either this or `instructions`, never both.'),
    instructions: prompt.optional().describe('The whole system prompt; excludes `task`.'),
    first_sentence: textOf(1, 2_000)
      .optional()
      .describe('Spoken first; left out, the callee speaks first.'),
    mode: z.enum(['realtime', 'legacy'], 'must be realtime or legacy').default('realtime'),
    voice: textOf(1, 100).default('alloy'),
    model: textOf(1, 200).optional(),
    temperature: numberBetween(0, 2).optional(),
    max_duration: numberBetween(1, 120).default(10).describe('Minutes.'),
    background_audio: z
      .enum(
        ['none', 'office', 'cafe', 'call_center', 'street', 'keyboard'],
        'must be none, office, cafe, call_center, street or keyboard',
      )
      .default('none')
      .describe('Heard behind the agent.'),
    background_audio_gain: z
      .enum(['low', 'medium', 'high'], 'must be low, medium or high')
      .default('medium'),
    knowledge_base_ids: listOf(textOf(1, 200), 50).optional(),
    request_data: freeObject().optional().describe('Given to the model as facts.'),
    webhook_url: z
      .string('must be a string')
      .max(2_000, 'must have at most 2000 characters')
      .refine(isWebUrl, 'must be an http or https URL')
      .optional(),
    webhook_events: listOf(
      z.enum(
        ['call.queued', 'call.started', 'call.completed', 'call.failed', 'call.transferred'],
        'must be a call event such as call.completed',
      ),
      20,
    ).optional(),
    tools,
    functions: tools.describe('Another name of `tools`.'),
    metadata: freeObject().optional().describe('Returned with the call.'),
    record: z.boolean('must be true or false').default(true),
    record_early_media: z
      .boolean('must be true or false')
      .optional()
      .describe('Whether the recording has what the network plays before the answer.'),
    language: z
      .string('must be a string')
      .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en-US')
      .optional(),
  },
  'must be a JSON object',
);

export type CallBody = z.output<typeof callBody> & { readonly from_number: string };

export type CallBodyResult =
  | { readonly ok: true; readonly body: CallBody }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks every field; `defaultFrom` is the caller id of calls that name none. */
export function parseCallBody(input: unknown, defaultFrom: string | undefined): CallBodyResult {
  const parsed = callBody.safeParse(input ?? {});
  const related = isObject(input ?? {}) ? relatedErrors(input ?? {}, defaultFrom) : [];
  if (!parsed.success) {
    return { ok: false, errors: [...toFieldErrors(parsed.error, input), ...related] };
  }
  const from = parsed.data.from_number ?? defaultFrom;
  if (from === undefined || related.length > 0) return { ok: false, errors: related };
  return { ok: true, body: { ...parsed.data, from_number: from } };
}

/** Rules between fields: they hold whether or not the fields are right in themselves. */
function relatedErrors(input: object, defaultFrom: string | undefined): readonly FieldError[] {
  const has = (key: string) => Reflect.get(input, key) !== undefined;
  const errors: FieldError[] = [];
  if (has('task') === has('instructions')) {
    const message = has('task')
      ? 'task and instructions exclude each other'
      : 'one of task and instructions is required';
    const code = has('task') ? 'mutually_exclusive' : 'required';
    errors.push({ path: 'task', message, code }, { path: 'instructions', message, code });
  }
  if (!has('from_number') && defaultFrom === undefined) {
    const message = 'from_number is required: no default caller id is configured';
    errors.push({ path: 'from_number', message, code: 'required' });
  }
  return errors;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWebUrl(value: string): boolean {
  const protocol = URL.parse(value)?.protocol;
  return protocol === 'http:' || protocol === 'https:';
}

function textOf(min: number, max: number) {
  return z
    .string('must be a string')
    .min(min, `must have at least ${min} ${min === 1 ? 'character' : 'characters'}`)
    .max(max, `must have at most ${max} characters`);
}

function numberBetween(from: number, to: number) {
  const expected = `must be a number from ${from} to ${to}`;
  return z.number(expected).min(from, expected).max(to, expected);
}

function listOf<Item extends z.ZodType>(item: Item, max: number) {
  return z.array(item, 'must be a list').max(max, `must have at most ${max} entries`);
}

function freeObject() {
  return z.record(z.string(), z.unknown(), 'must be an object');
}
