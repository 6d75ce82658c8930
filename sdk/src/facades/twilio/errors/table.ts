/** The vendor's error classes: a code, what it means, why it happens, what to do. The words are ours. */

/** Code, explanation, causes, solutions. */
export type Row = readonly [number, string, readonly string[], readonly string[]];

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
  AccessTokenInvalid: [
    20101,
    'The server could not accept the access token.',
    ['It is no JWT, or its header, issuer, subject or grants are wrong.'],
    [NEW_TOKEN],
  ],
  AccessTokenExpired: [
    20104,
    'The access token was valid once, or claims to be valid for too long.',
    ['The page has used one token for longer than it lives.', 'A clock is wrong.'],
    ['Answer `tokenWillExpire` with `updateToken`.'],
  ],
  AuthenticationFailed: [
    20151,
    'The access token is sound, but does not allow this.',
    ['Its voice grant lacks incoming calls, or an application for outgoing ones.'],
    ['Add the voice grant that is needed.'],
  ],
  AuthorizationError: [
    31201,
    'The server does not know who asks.',
    ['The request came without credentials that are good for it.'],
    [NEW_TOKEN],
  ],
  NoValidAccountError: [
    31203,
    'The account that the token names cannot be used.',
    ['The account is not one of this server.'],
    ['Put the id of an account of this server into the token.'],
  ],
  InvalidJWTTokenError: [
    31204,
    'The token cannot be read.',
    ['It was cut, or is no JWT at all.'],
    [NEW_TOKEN],
  ],
  JWTTokenExpiredError: [
    31205,
    'The token has expired.',
    ['The page has used one token for longer than it lives.'],
    ['Answer `tokenWillExpire` with `updateToken`.'],
  ],
  RateExceededError: [
    31206,
    'The server allows no more of this at the moment.',
    ['Too many requests, devices or calls at once.'],
    ['Do less at once, or try again later.'],
  ],
  JWTTokenExpirationTooLongError: [
    31207,
    'The token claims to be valid for longer than is allowed.',
    ['Its life is longer than 24 hours.'],
    ['Make a token that lives for at most 24 hours.'],
  ],
  ReconnectAttemptError: [
    31209,
    'The call cannot be taken up again from here.',
    ['The call belongs to somebody else, or is over.'],
    ['Make a new call.'],
  ],
  CallMessageEventTypeInvalidError: [
    31210,
    'A message of this type cannot be sent.',
    ['Its `messageType` is not `user-defined-message`.'],
    ['Send it as `user-defined-message`.'],
  ],
  PayloadSizeExceededError: [
    31212,
    'The message has more bytes than may be sent.',
    ['Its content is larger than 10 kB.'],
    ['Send less, or in several messages.'],
  ],
};

export const SIGNATURE_VALIDATION: Rows<'AccessTokenSignatureValidationFailed'> = {
  AccessTokenSignatureValidationFailed: [
    31202,
    'The token was not signed with the secret that belongs to its issuer.',
    ['It was signed with another secret.'],
    [SECRET],
  ],
};

export const CLIENT: Rows<'BadRequest' | 'NotFound' | 'TemporarilyUnavailable' | 'BusyHere'> = {
  BadRequest: [
    31400,
    'The request could not be understood.',
    ['A field is missing or wrong.'],
    [READ_MESSAGE],
  ],
  NotFound: [
    31404,
    'There is nobody of that name.',
    ['The name or number that was called does not exist.'],
    ['Call somebody else.'],
  ],
  TemporarilyUnavailable: [
    31480,
    'Whoever was called could not be reached, or did not answer.',
    ['None of their devices is registered.', 'Nobody answered in time.'],
    ['Call again later.'],
  ],
  BusyHere: [
    31486,
    'Whoever was called is busy.',
    ['They are in another call.'],
    ['Call again later.'],
  ],
};

export const SIP_SERVER: Rows<'Decline'> = {
  Decline: [
    31603,
    'Whoever was called does not want the call.',
    ['The call was declined.'],
    ['Call somebody else.'],
  ],
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
  UnknownError: [
    31000,
    'Something went wrong that has no code of its own.',
    ['`originalError` says more.'],
    [RETRY],
  ],
  ApplicationNotFoundError: [
    31001,
    'The application that the token names does not exist.',
    ['The `application_sid` of the voice grant is none of this server.'],
    ['Put the id of an application of this server into the voice grant.'],
  ],
  ConnectionDeclinedError: [
    31002,
    'The server does not make this call.',
    ['The call is not allowed.'],
    [READ_MESSAGE],
  ],
  ConnectionTimeoutError: [31003, 'The server did not answer in time.', [NETWORK], [RETRY]],
  ConnectionError: [
    31005,
    'The connection to the server failed, or a call ended with an error.',
    [NETWORK, 'The application did not say what to do with the call.'],
    [READ_MESSAGE, RETRY],
  ],
  CallCancelledError: [
    31008,
    'It was given up before it was done.',
    ['The page has stopped it.'],
    ['Nothing needs to be done.'],
  ],
  TransportError: [
    31009,
    'There is no connection to the server on which to send.',
    [NETWORK],
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
    ['This script is older or newer than the server.'],
    ['Use the script that the server serves.'],
  ],
  MissingParameterArrayError: [
    31101,
    'The request came without its parameters.',
    ['A parameter that is needed was not sent.'],
    [READ_MESSAGE],
  ],
  AuthorizationTokenMissingError: [
    31102,
    'The request came without an access token.',
    ['The device has no token.'],
    [NEW_TOKEN],
  ],
  MaxParameterLengthExceededError: [
    31103,
    'What goes along with the call is larger than is allowed.',
    ['A parameter has more than 1024 letters, or there are more than 32.'],
    ['Send less: a key by which your application finds the rest, for instance.'],
  ],
  InvalidBridgeTokenError: [
    31104,
    'The token that joins calls is not valid.',
    ['It was changed on its way.'],
    ['Take a fresh one.'],
  ],
  InvalidClientNameError: [
    31105,
    'The identity has letters that are not allowed.',
    ['The identity in the token has blanks or delimiters, or is too long.'],
    ['Use letters, digits, and . _ - only.'],
  ],
  ReconnectParameterInvalidError: [
    31107,
    'The call that was to be taken up cannot be found.',
    ['It has ended, or was answered elsewhere.'],
    ['Make a new call.'],
  ],
};
