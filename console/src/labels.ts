/** Labels of times, names and states. */
import { dialFailure, plainCause } from './dial-results.js';
import type { Call, ClientState, Ending } from './sdk.js';

const STATES: Readonly<Record<ClientState, string>> = {
  connecting: 'Connecting …',
  connected: 'Ready for calls',
  reconnecting: 'Reconnecting …',
  closed: 'Signed out',
};

/** The connection in a few words. */
export function stateLabel(state: ClientState, registered: boolean): string {
  return state === 'connected' && !registered ? 'Ready to call' : STATES[state];
}

/** Seconds as `m:ss` or `h:mm:ss`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const rest = `${Math.floor(whole / 60) % 60}:${two(whole % 60)}`;
  return whole < 3600
    ? rest
    : `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** What a call is doing. */
export function doing(call: Call): string {
  switch (call.state) {
    case 'dialing':
      return 'Calling …';
    case 'ringing':
      return 'Ringing …';
    case 'incoming':
      return 'Is calling you';
    case 'ignored':
      return 'Still ringing elsewhere';
    case 'answering':
      return 'Connecting …';
    case 'ended':
      return call.ending ? outcome(call, call.ending) : 'Ended';
    default:
      return talking(call);
  }
}

function talking(call: Call): string {
  const failure = dialFailure(call);
  if (failure !== undefined) return failure;
  if (call.audio === 'connecting') return 'Connecting the sound …';
  if (call.audio === 'interrupted') return 'The sound is interrupted; looking for another way …';
  if (call.held) return 'On hold';
  if (call.heldByPeer) return 'They have put you on hold';
  return call.muted ? 'You are muted' : 'Talking';
}

const BY_YOU: Readonly<Record<string, string>> = {
  normal: 'You hung up',
  cancelled: 'You gave up',
  rejected: 'You declined',
  busy: 'You declined as busy',
};
/** For users it is a call that ends, not a document. */
const PLAIN_CAUSES: Readonly<Record<string, string>> = {
  'document-ended': 'The call ended',
  transferred: 'You transferred it',
};

/** Why a call ended, for the list. */
export function outcome(call: Call, ending: Ending): string {
  const failure = dialFailure(call);
  if (failure !== undefined) return failure;
  if (isMissed(call, ending)) return 'Missed';
  const mine = ending.by === 'local' ? BY_YOU[ending.cause] : undefined;
  const theirs = ending.by === 'peer' && ending.cause === 'normal' ? 'They hung up' : undefined;
  const dialled = ending.by === 'local' ? undefined : plainCause(ending.cause);
  return mine ?? theirs ?? dialled ?? PLAIN_CAUSES[ending.cause] ?? ending.message;
}

/** Whether an incoming call was neither answered nor declined, here or elsewhere. */
export function isMissed(call: Call, { by, cause }: Ending): boolean {
  const missed = call.direction === 'incoming' && call.duration === 0 && by !== 'local';
  return missed && cause !== 'answered-elsewhere';
}
