/** The vendor's error classes: a code, what it means, what to do, why it happens. The texts are ours. */

/** Code, explanation, solutions, and causes where they are not the explanation itself. */
export type Row = readonly [number, string, readonly string[], (readonly string[])?];

/** Rows by the names of their classes. */
export type Rows<Name extends string> = Readonly<Record<Name, Row>>;

const NEW_TOKEN = 'Create a new access token with a helper library and give it to the device.';
const READ_MESSAGE = 'Read the message: it names what is wrong.';
const RETRY = "Try again; if the problem persists, check the network and the server's log.";
const NETWORK = 'The network to the server is down or blocks the connection.';
const SECRET = 'Sign it with the secret of the API key that issues it.';

export const AUTHORIZATION: Rows<
  | 'AccessTokenInvalid'
  | 'AccessTokenExpired'
  | 'AuthenticationFailed'
  | 'AuthorizationError'
  | 'NoValidAccountError'
  | 'InvalidJWTTokenError'
  | 'JWTTokenExpiredError'
  | 'RateExceededError'
  | 'JWTTokenExpirationTooLongError'
  | 'ReconnectAttemptError'
  | 'CallMessageEventTypeInvalidError'
  | 'PayloadSizeExceededError'
> = {
  AccessTokenInvalid: [20101, 'The access token is invalid.', [NEW_TOKEN]],
  AccessTokenExpired: [
    20104,
    'The access token has expired, or its lifetime is longer than allowed.',
    ['Answer `tokenWillExpire` with `updateToken`.'],
    ['The page has used one token beyond its lifetime.', 'A clock is wrong.'],
  ],
  AuthenticationFailed: [
    20151,
    'The access token is valid, but does not allow this.',
    ['Add the voice grant that is needed.'],
  ],
  AuthorizationError: [31201, 'The server could not authenticate the page.', [NEW_TOKEN]],
  NoValidAccountError: [
    31203,
    'The account that the token names cannot be used.',
    ['Put the id of an account of this server into the token.'],
  ],
  InvalidJWTTokenError: [31204, 'The token cannot be read.', [NEW_TOKEN]],
  JWTTokenExpiredError: [
    31205,
    'The token has expired.',
    ['Answer `tokenWillExpire` with `updateToken`.'],
  ],
  RateExceededError: [
    31206,
    'The server limits how often this may be done.',
    ['Do less at once, or try again later.'],
  ],
  JWTTokenExpirationTooLongError: [
    31207,
    'The lifetime of the token is longer than allowed.',
    ['Create a token with a lifetime of at most 24 hours.'],
  ],
  ReconnectAttemptError: [
    31209,
    'The call cannot be taken over by this device.',
    ['Make a new call.'],
  ],
  CallMessageEventTypeInvalidError: [
    31210,
    'A message of this type cannot be sent.',
    ['Send it as `user-defined-message`.'],
  ],
  PayloadSizeExceededError: [
    31212,
    'The message is larger than allowed.',
    ['Send less, or in several messages.'],
  ],
};

export const SIGNATURE_VALIDATION: Rows<'AccessTokenSignatureValidationFailed'> = {
  AccessTokenSignatureValidationFailed: [
    31202,
    'The token was not signed with the secret that belongs to its issuer.',
    [SECRET],
  ],
};

export const CLIENT: Rows<'BadRequest' | 'NotFound' | 'TemporarilyUnavailable' | 'BusyHere'> = {
  BadRequest: [31400, 'The request could not be understood.', [READ_MESSAGE]],
  NotFound: [31404, 'The called party does not exist.', ['Check the number or the name.']],
  TemporarilyUnavailable: [
    31480,
    'The called party could not be reached, or did not answer.',
    ['Call again later.'],
    ['None of its devices is registered.', 'The call was not answered in time.'],
  ],
  BusyHere: [31486, 'The called party is busy.', ['Call again later.']],
};

export const SIP_SERVER: Rows<'Decline'> = {
  Decline: [31603, 'The called party declined the call.', ['Call again later.']],
};

export const GENERAL: Rows<
  | 'UnknownError'
  | 'ApplicationNotFoundError'
  | 'ConnectionDeclinedError'
  | 'ConnectionTimeoutError'
  | 'ConnectionError'
  | 'CallCancelledError'
  | 'TransportError'
> = {
  UnknownError: [31000, 'An error without a code of its own.', [RETRY]],
  ApplicationNotFoundError: [
    31001,
    'The application that the token names does not exist.',
    ['Put the id of an application of this server into the voice grant.'],
  ],
  ConnectionDeclinedError: [31002, 'The server refused the call.', [READ_MESSAGE]],
  ConnectionTimeoutError: [31003, 'The server did not answer in time.', [RETRY], [NETWORK]],
  ConnectionError: [
    31005,
    'The connection to the server failed, or a call ended with an error.',
    [READ_MESSAGE, RETRY],
    [NETWORK, 'The application returned no valid document for the call.'],
  ],
  CallCancelledError: [31008, 'The operation was cancelled.', ['Nothing needs to be done.']],
  TransportError: [
    31009,
    'There is no connection to the server on which to send.',
    ['Wait until the device is connected again.'],
  ],
};

export const MALFORMED_REQUEST: Rows<
  | 'MalformedRequestError'
  | 'MissingParameterArrayError'
  | 'AuthorizationTokenMissingError'
  | 'MaxParameterLengthExceededError'
  | 'InvalidBridgeTokenError'
  | 'InvalidClientNameError'
  | 'ReconnectParameterInvalidError'
> = {
  MalformedRequestError: [
    31100,
    'The server could not read what was sent.',
    ['Use the script that the server serves.'],
  ],
  MissingParameterArrayError: [31101, 'The request came without its parameters.', [READ_MESSAGE]],
  AuthorizationTokenMissingError: [31102, 'The request came without an access token.', [NEW_TOKEN]],
  MaxParameterLengthExceededError: [
    31103,
    'The parameters of the call are larger than allowed.',
    ['Send less, such as a key by which the application finds the rest.'],
  ],
  InvalidBridgeTokenError: [31104, 'The bridge token is invalid.', ['Take a fresh one.']],
  InvalidClientNameError: [
    31105,
    'The identity has characters that are not allowed.',
    ['Use letters, digits, and . _ - only.'],
  ],
  ReconnectParameterInvalidError: [
    31107,
    'The call to reconnect to was not found.',
    ['Make a new call.'],
  ],
};

export const USER_MEDIA: Rows<'PermissionDeniedError' | 'AcquisitionFailedError'> = {
  PermissionDeniedError: [
    31401,
    'The browser or the user has denied the microphone to this page.',
    ["Allow the microphone beside the browser's address, then try again."],
  ],
  AcquisitionFailedError: [
    31402,
    'No microphone could be opened.',
    ['Plug one in, close the other program, or ask for less.'],
    ['There is none.', 'Another program uses it.', 'None satisfies the constraints.'],
  ],
};

export const SIGNALING: Rows<'ConnectionError' | 'ConnectionDisconnected'> = {
  ConnectionError: [53000, 'The server has reported an error.', [READ_MESSAGE, RETRY]],
  ConnectionDisconnected: [
    53001,
    'The connection to the server is lost; calls go on meanwhile.',
    ['Nothing needs to be done: the SDK reconnects.'],
  ],
};

export const MEDIA: Rows<'ClientLocalDescFailed' | 'ClientRemoteDescFailed' | 'ConnectionError'> = {
  ClientLocalDescFailed: [
    53400,
    'The browser could not create its media description.',
    ['Use a current browser, and codecs that it knows.'],
  ],
  ClientRemoteDescFailed: [53402, "The browser rejected the server's media description.", [RETRY]],
  ConnectionError: [
    53405,
    'There is no media path at the moment.',
    ['Allow UDP to the server, or have a relay (TURN) configured.'],
  ],
};
