/** What a call can be, and what may happen to it in each state: one table. */

/**
 * dialing: the server was asked. ringing: the other party's devices ring. incoming: this page rings. answering:
 * accepted here, audio is being set up. ignored: silenced here, still ringing elsewhere. up: people can talk.
 * ended: for good.
 *
 * @public
 */
export type CallState =
  | 'dialing'
  | 'ringing'
  | 'incoming'
  | 'answering'
  | 'ignored'
  | 'up'
  | 'ended';

/** What can happen to a call. */
export type CallEvent = 'rang' | 'answered' | 'accepted' | 'accept-failed' | 'ignored' | 'ended';

const NEXT: Readonly<Record<CallState, Partial<Record<CallEvent, CallState>>>> = {
  dialing: { rang: 'ringing', answered: 'up', ended: 'ended' },
  ringing: { rang: 'ringing', answered: 'up', ended: 'ended' },
  incoming: { accepted: 'answering', ignored: 'ignored', ended: 'ended' },
  answering: { answered: 'up', 'accept-failed': 'incoming', ended: 'ended' },
  ignored: { accepted: 'answering', ended: 'ended' },
  up: { answered: 'up', ended: 'ended' },
  ended: {},
};

/** The state after `event`; nothing when that cannot happen now. */
export function after(state: CallState, event: CallEvent): CallState | undefined {
  return NEXT[state][event];
}
