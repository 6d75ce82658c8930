/** The vendor's error classes about microphone, sound and signalling; the rest is in `table.ts`. The words are ours. */
import type { Rows } from './table.js';

const NETWORK = 'The network between this page and the server is gone or blocks the connection.';
const RETRY = 'Try again; if it stays so, look at the network and at the log of the server.';
const READ_MESSAGE = 'Read the message: it names what is wrong.';

export const USER_MEDIA: Rows<'PermissionDeniedError' | 'AcquisitionFailedError'> = {
  PermissionDeniedError: [
    31401,
    'The browser or the person has denied the microphone to this page.',
    ['The person said no, or the system keeps browsers from the microphone.'],
    ["Allow the microphone beside the browser's address, then try again."],
  ],
  AcquisitionFailedError: [
    31402,
    'No microphone could be opened.',
    ['There is none.', 'Another program holds it.', 'None is as the constraints want it.'],
    ['Plug one in, close the other program, or ask for less.'],
  ],
};

export const SIGNALING: Rows<'ConnectionError' | 'ConnectionDisconnected'> = {
  ConnectionError: [53000, 'The server has reported an error.', [READ_MESSAGE], [RETRY]],
  ConnectionDisconnected: [
    53001,
    'The connection to the server is gone; calls go on talking meanwhile.',
    [NETWORK],
    ['Nothing needs to be done: it is made again.'],
  ],
};

export const MEDIA: Rows<'ClientLocalDescFailed' | 'ClientRemoteDescFailed' | 'ConnectionError'> = {
  ClientLocalDescFailed: [
    53400,
    'The browser could not say what it can send and receive.',
    ['The browser cannot make calls, or the codecs that were asked for are none it knows.'],
    ['Use a current browser, and codecs that it knows.'],
  ],
  ClientRemoteDescFailed: [
    53402,
    'The browser could not take what the server can send and receive.',
    ['The two have no audio format in common.'],
    [RETRY],
  ],
  ConnectionError: [
    53405,
    'There is no path for the sound at the moment.',
    ['A firewall lets no packets through, or the network has changed.'],
    ['Allow UDP to the server, or have a relay (TURN) configured.'],
  ],
};
