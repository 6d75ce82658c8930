/** The vendor's error classes about microphone, sound and signalling; the rest is in `table.ts`. The words are ours. */
import type { Rows } from './table.js';

const RETRY = 'Try again; if it stays so, look at the network and at the log of the server.';
const READ_MESSAGE = 'Read the message: it names what is wrong.';

export const USER_MEDIA: Rows<'PermissionDeniedError' | 'AcquisitionFailedError'> = {
  PermissionDeniedError: [
    31401,
    'The browser or the person has denied the microphone to this page.',
    ["Allow the microphone beside the browser's address, then try again."],
  ],
  AcquisitionFailedError: [
    31402,
    'No microphone could be opened.',
    ['Plug one in, close the other program, or ask for less.'],
    ['There is none.', 'Another program holds it.', 'None is as the constraints want it.'],
  ],
};

export const SIGNALING: Rows<'ConnectionError' | 'ConnectionDisconnected'> = {
  ConnectionError: [53000, 'The server has reported an error.', [READ_MESSAGE, RETRY]],
  ConnectionDisconnected: [
    53001,
    'The connection to the server is gone; calls go on talking meanwhile.',
    ['Nothing needs to be done: it is made again.'],
  ],
};

export const MEDIA: Rows<'ClientLocalDescFailed' | 'ClientRemoteDescFailed' | 'ConnectionError'> = {
  ClientLocalDescFailed: [
    53400,
    'The browser could not say what it can send and receive.',
    ['Use a current browser, and codecs that it knows.'],
  ],
  ClientRemoteDescFailed: [
    53402,
    'The browser could not take what the server can send and receive.',
    [RETRY],
  ],
  ConnectionError: [
    53405,
    'There is no path for the sound at the moment.',
    ['Allow UDP to the server, or have a relay (TURN) configured.'],
  ],
};
