/** The vendor's error classes: a code, what it means, what to do, why it happens. The words are ours. */

/** Code, explanation, solutions, and causes where there is more to say of them than the explanation does. */
export type Row = readonly [number, string, readonly string[], (readonly string[])?];

/** Rows by the names of their classes. */
export type Rows<Name extends string> = Readonly<Record<Name, Row>>;

const NEW_TOKEN = 'Make a new access token with a helper library and give it to the device.';
const READ_MESSAGE = 'Read the message: it names what is wrong.';
const RETRY = 'Try again; if it stays so, look at the network and at the log of the server.';
const NETWORK = 'The network between this page and the server is gone or blocks the connection.';
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
  AccessTokenInvalid: [20101, 'The server could not accept the access token.', [NEW_TOKEN]],
  AccessTokenExpired: [
    20104,
    'The access token was valid once, or claims to be valid for too long.',
    ['Answer `tokenWillExpire` with `updateToken`.'],
    ['The page has used one token for longer than it lives.', 'A clock is wrong.'],
  ],
  AuthenticationFailed: [
    20151,
    'The access token is sound, but does not allow this.',
    ['Add the voice grant that is needed.'],
  ],
  AuthorizationError: [31201, 'The server does not know who asks.', [NEW_TOKEN]],
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
    'The server allows no more of this at the moment.',
    ['Do less at once, or try again later.'],
  ],
  JWTTokenExpirationTooLongError: [
    31207,
    'The token claims to be valid for longer than is allowed.',
    ['Make a token that lives for at most 24 hours.'],
  ],
  ReconnectAttemptError: [
    31209,
    'The call cannot be taken up again from here.',
    ['Make a new call.'],
  ],
  CallMessageEventTypeInvalidError: [
    31210,
    'A message of this type cannot be sent.',
    ['Send it as `user-defined-message`.'],
  ],
  PayloadSizeExceededError: [
    31212,
    'The message has more bytes than may be sent.',
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
  NotFound: [31404, 'There is nobody of that name.', ['Call somebody else.']],
  TemporarilyUnavailable: [
    31480,
    'Whoever was called could not be reached, or did not answer.',
    ['Call again later.'],
    ['None of their devices is registered.', 'Nobody answered in time.'],
  ],
  BusyHere: [31486, 'Whoever was called is busy.', ['Call again later.']],
};

export const SIP_SERVER: Rows<'Decline'> = {
  Decline: [31603, 'Whoever was called does not want the call.', ['Call somebody else.']],
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
  UnknownError: [31000, 'Something went wrong that has no code of its own.', [RETRY]],
  ApplicationNotFoundError: [
    31001,
    'The application that the token names does not exist.',
    ['Put the id of an application of this server into the voice grant.'],
  ],
  ConnectionDeclinedError: [31002, 'The server does not make this call.', [READ_MESSAGE]],
  ConnectionTimeoutError: [31003, 'The server did not answer in time.', [RETRY], [NETWORK]],
  ConnectionError: [
    31005,
    'The connection to the server failed, or a call ended with an error.',
    [READ_MESSAGE, RETRY],
    [NETWORK, 'The application did not say what to do with the call.'],
  ],
  CallCancelledError: [31008, 'It was given up before it was done.', ['Nothing needs to be done.']],
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
    'What goes along with the call is larger than is allowed.',
    ['Send less: a key by which your application finds the rest, for instance.'],
  ],
  InvalidBridgeTokenError: [
    31104,
    'The token that joins calls is not valid.',
    ['Take a fresh one.'],
  ],
  InvalidClientNameError: [
    31105,
    'The identity has letters that are not allowed.',
    ['Use letters, digits, and . _ - only.'],
  ],
  ReconnectParameterInvalidError: [
    31107,
    'The call that was to be taken up cannot be found.',
    ['Make a new call.'],
  ],
};

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
