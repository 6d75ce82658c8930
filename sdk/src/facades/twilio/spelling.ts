/** How the second generation tells things. */
import type { Spelling } from './desk.js';
import { MediaErrors, SignalingErrors } from './errors/classes.js';
import { deviceError, endingError } from './errors/mapping.js';

/** @param precise - Whether the page wants precise classes. */
export function spelling(precise: () => boolean): Spelling {
  return {
    error: (error) => deviceError(error, precise()),
    ending: (ending) => endingError(ending, precise()),
    reconnecting: (what) =>
      what === 'media'
        ? new MediaErrors.ConnectionError('Media connection failed.')
        : new SignalingErrors.ConnectionDisconnected(),
    ringing: true,
    ignoreCancels: false,
  };
}
