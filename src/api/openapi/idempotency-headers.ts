import { z } from 'zod';

/** Of every POST that has an effect. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,255}$/)
    .optional()
    .describe('The first answer is kept for 24 hours and given again.'),
});
