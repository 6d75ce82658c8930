/** How a call ended, in the vendor's words: its state, the cause of a failure, protocol, reason and code. */
import { type Ending, OffhookError } from '../../core/errors.js';
import { errorName } from './login-errors.js';

/** What a call can be. @public */
export type CallStateWord =
  | 'initialized'
  | 'ringing'
  | 'answered'
  | 'rejected'
  | 'ignored'
  | 'canceled'
  | 'failed'
  | 'ended';

/** An ending, as a call's description carries it. */
export interface End {
  readonly state: CallStateWord;
  /** The cause of `onCallFailed`. */
  readonly cause: string;
  readonly originator: 'local' | 'remote';
  readonly protocol: string;
  readonly reason: string;
  readonly code: number;
}

/** Causes by the equivalent SIP status. */
const BY_STATUS: readonly (readonly [string, readonly number[]])[] = [
  ['Busy', [486, 600]],
  ['Rejected', [403, 603]],
  ['Not Found', [404, 604]],
  // An application that ends a call without answering it gives no better reason.
  ['Unavailable', [200, 408, 410, 430, 480]],
  ['Address Incomplete', [424, 484]],
  ['Incompatible SDP', [488, 606]],
  ['Authentication Error', [401, 407]],
  ['Canceled', [487]],
];

/** Causes without a SIP status. */
const BY_CAUSE: Readonly<Record<string, string>> = {
  'media-failed': 'WebRTC Error',
  'endpoint-lost': 'Connection Error',
  'server-lost': 'Connection Error',
  'server-restarted': 'Connection Error',
};

/** Names of Q.850 causes, as this vendor's servers write them. */
const Q850: Readonly<Record<number, string>> = {
  1: 'UNALLOCATED_NUMBER',
  3: 'NO_ROUTE_DESTINATION',
  16: 'NORMAL_CLEARING',
  17: 'USER_BUSY',
  19: 'NO_ANSWER',
  20: 'SUBSCRIBER_ABSENT',
  21: 'CALL_REJECTED',
  26: 'LOSE_RACE',
  27: 'DESTINATION_OUT_OF_ORDER',
  31: 'ORIGINATOR_CANCEL',
  41: 'NORMAL_TEMPORARY_FAILURE',
  42: 'SWITCH_CONGESTION',
  88: 'INCOMPATIBLE_DESTINATION',
  127: 'INTERWORKING',
};

/** Codes of what this end does by itself. */
const LOCAL: Readonly<Record<string, number>> = {
  Canceled: 1000,
  'No Answer': 3000,
  Rejected: 3020,
  Terminated: 11001,
  Ignored: 11002,
  'User Denied Media Access': 11003,
  'WebRTC Error': 11003,
  'Connection Error': 11004,
};
/** For what has no code of its own. */
const UNKNOWN = 0;

const STATES: Readonly<Record<string, CallStateWord>> = {
  Rejected: 'rejected',
  Ignored: 'ignored',
  Canceled: 'canceled',
  Terminated: 'ended',
};

/** An ending that this end has made. */
export function localEnd(reason: string): End {
  const code = LOCAL[reason] ?? UNKNOWN;
  const state = STATES[reason] ?? 'failed';
  return { state, cause: reason, originator: 'local', protocol: 'none', reason, code };
}

/** The end of a call, whose microphone could not be had, that was refused, or that never began. */
export function failedEnd(error: unknown): End {
  const code = error instanceof OffhookError ? error.code : '';
  if (code.startsWith('microphone')) return localEnd('User Denied Media Access');
  if (code === 'aborted') return localEnd('Canceled');
  if (code === 'not-connected' || code === 'link-ended') return localEnd('Connection Error');
  return localEnd(errorName(code) ?? 'WebRTC Error');
}

/**
 * The end of a call.
 *
 * @param answered - Whether people could talk.
 * @param incoming - Whether it rang here.
 * @param refusal - The code of the error by which the server refused the call, if it did.
 */
export function endOf(
  ending: Ending,
  { answered, incoming, refusal }: { answered: boolean; incoming: boolean; refusal?: string },
): End {
  const { by, cause, sip, q850 } = ending;
  // Losses of the link or the media path are local, although the SDK attributes them to the server.
  const local = by === 'local' || (by === 'server' && Object.hasOwn(BY_CAUSE, cause));
  if (answered) {
    return local
      ? localEnd('Terminated')
      : { ...remote(q850), state: 'ended', cause: 'Terminated' };
  }
  if (local) return localEnd(BY_CAUSE[cause] ?? (incoming ? 'Rejected' : 'Canceled'));
  if (incoming && cause === 'no-answer') return localEnd('No Answer');
  if (incoming) return { ...remote(q850), state: 'canceled', cause: 'Canceled' };
  const failure = errorName(refusal ?? '') ?? causeOf(sip);
  return { ...remote(q850), state: STATES[failure] ?? 'failed', cause: failure };
}

function remote(q850: number): Pick<End, 'originator' | 'protocol' | 'reason' | 'code'> {
  const reason = Q850[q850] ?? 'NORMAL_UNSPECIFIED';
  return { originator: 'remote', protocol: 'Q.850', reason, code: q850 };
}

function causeOf(sip: number): string {
  if (sip >= 300 && sip < 400) return 'Redirected';
  return BY_STATUS.find(([, statuses]) => statuses.includes(sip))?.[0] ?? 'SIP Failure Code';
}
