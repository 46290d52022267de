import { InviteDialog } from './invite-dialog.ts';
import type { LiveCalls } from './live-calls.ts';
import { parseReplaces, type Replaces } from './replaces.ts';
import type { SrfRequest } from './srf-client.ts';
import { SrfOutgoingCall } from './srf-outgoing-call.ts';

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const NO_SUCH_CALL = 481;
const BUSY_HERE = 486;

/** The call that an INVITE with Replaces takes over, confirmed or early; neither for an INVITE without; or the status that refuses it. */
export interface ReplacedCall {
  readonly dialog?: InviteDialog;
  readonly early?: SrfOutgoingCall;
  readonly status?: number;
}

/**
 * RFC 3891 section 3: of early dialogs only those that we began can be picked up; that of a caller whom we have not answered is like
 * none at all.
 *
 * @param mayReplace - whether a call from the first address may take over one with the peer at the second (section 4)
 */
export function findReplaced(
  req: SrfRequest,
  liveCalls: LiveCalls,
  mayReplace: (source: string, owner: string) => boolean,
): ReplacedCall {
  const value = req.get('replaces');
  if (value === undefined) return {};
  const replaces = parseReplaces(value);
  if (replaces === undefined) return { status: BAD_REQUEST };
  const dialog = findDialog(liveCalls, replaces);
  if (dialog === undefined)
    return pickedUp(liveCalls, replaces, (owner) => mayReplace(req.source_address, owner));
  if (!mayReplace(req.source_address, dialog.peerAddress)) return { status: FORBIDDEN };
  // It is confirmed: only early dialogs were meant.
  if (replaces.earlyOnly) return { status: BUSY_HERE };
  return { dialog };
}

function pickedUp(
  liveCalls: LiveCalls,
  wanted: Replaces,
  mayReplace: (owner: string) => boolean,
): ReplacedCall {
  for (const call of liveCalls) {
    const peer = call instanceof SrfOutgoingCall ? call.earlyPeerOf(wanted) : undefined;
    if (peer === undefined || !(call instanceof SrfOutgoingCall)) continue;
    return mayReplace(peer) ? { early: call } : { status: FORBIDDEN };
  }
  return { status: NO_SUCH_CALL };
}

function findDialog(liveCalls: LiveCalls, wanted: Replaces): InviteDialog | undefined {
  for (const call of liveCalls) {
    if (!(call instanceof InviteDialog) || call.isEnding) continue;
    const { callId, localTag, remoteTag } = call.dialogId;
    const isSame =
      callId === wanted.callId && localTag === wanted.localTag && remoteTag === wanted.remoteTag;
    if (isSame) return call;
  }
  return undefined;
}
