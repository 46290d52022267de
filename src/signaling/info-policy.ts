import type { DialogInfo } from './signaling.ts';
import type { SrfRequest, SrfResponse } from './srf-client.ts';

/** Without an Info-Package (RFC 6086 section 9): the two ways in which carriers send digits. */
const ACCEPTED_TYPES = ['application/dtmf-relay', 'application/dtmf'];
const MAX_BODY_CHARS = 256;

/** Answers an INFO (RFC 6086 section 4.2.2); returns what it brought. */
export function receiveInfo(req: SrfRequest, res: SrfResponse): DialogInfo | undefined {
  if (req.has('info-package')) {
    // 469 Bad Info Package. The library knows no such status: 489 Bad Event says the same of an older time.
    sendStatus(res, 469, 489);
    return undefined;
  }
  const { body = '' } = req;
  if (body.trim() === '') {
    res.send(200);
    return undefined;
  }
  const [contentType = ''] = (req.get('content-type') ?? '').toLowerCase().split(';');
  if (!ACCEPTED_TYPES.includes(contentType.trim())) {
    res.send(415, { headers: { Accept: ACCEPTED_TYPES.join(', ') } });
    return undefined;
  }
  res.send(200);
  return { contentType: contentType.trim(), body: body.slice(0, MAX_BODY_CHARS) };
}

function sendStatus(res: SrfResponse, status: number, fallback: number): void {
  const headers = { 'Recv-Info': '' };
  try {
    res.send(status, { headers });
  } catch {
    res.send(fallback, { headers });
  }
}
