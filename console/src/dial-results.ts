/** How the application's dials for a caller ended: a call may go on although no dial was answered. */
import type { Call } from './sdk.js';

/** Causes in the words of people; the others speak for themselves. */
const PLAINLY: Readonly<Record<string, string>> = {
  rejected: 'They declined',
  busy: 'They are busy',
  'no-answer': 'They did not answer',
  unreachable: 'They cannot be reached: they are signed in nowhere',
  'not-found': 'That name or number does not exist',
};

/** Why the last dial of a call was not answered. */
const failures: WeakMap<Call, string> = new WeakMap();

/** Follows the dials of a call. */
export function followDials(call: Call): void {
  call.on('notice', ({ event, details }) => {
    if (event === 'connected') failures.delete(call);
    if (event !== 'dial-ended') return;
    const { answered, cause, message } = details;
    if (answered === true) failures.delete(call);
    else
      failures.set(call, PLAINLY[String(cause)] ?? String(message ?? 'The call was not answered'));
  });
}

/** A cause for people to read, if it has other words for them. */
export function plainly(cause: string): string | undefined {
  return PLAINLY[cause];
}

/** Why the last dial failed, in words; nothing when it was answered, or may still be. */
export function dialFailure(call: Call): string | undefined {
  return failures.get(call);
}

/** Whether the person has talked with somebody. */
export function hasTalked(call: Call): boolean {
  return call.duration > 0 && !failures.has(call);
}
