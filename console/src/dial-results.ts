/** How the application's dials for a caller ended: a call may go on although no dial was answered. */
import type { Call } from './sdk.js';

/** Causes in plain words; the others have a clear message. */
const PLAIN_CAUSES: Readonly<Record<string, string>> = {
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
      failures.set(
        call,
        PLAIN_CAUSES[String(cause)] ?? String(message ?? 'The call was not answered'),
      );
  });
}

/** A cause in plain words, if there are other words for it. */
export function plainCause(cause: string): string | undefined {
  return PLAIN_CAUSES[cause];
}

/** Why the last dial failed, in words; nothing when it was answered, or may still be. */
export function dialFailure(call: Call): string | undefined {
  return failures.get(call);
}

/** Whether the user has talked with a person. */
export function hasTalked(call: Call): boolean {
  return call.duration > 0 && !failures.has(call);
}
