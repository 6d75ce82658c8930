/** The vendor's error classes, made from their table. */
import {
  AUTHORIZATION,
  CLIENT,
  GENERAL,
  MALFORMED_REQUEST,
  MEDIA,
  type Row,
  SIGNALING,
  SIGNATURE_VALIDATION,
  SIP_SERVER,
  USER_MEDIA,
} from './table.js';

/** What all errors with a code have. @public */
export class TwilioError extends Error {
  /** Why it may have happened. */
  causes: string[] = [];
  /** The vendor's number for it. */
  code = 0;
  /** What it is, in a few words. */
  description = '';
  /** What it means. */
  explanation = '';
  /** The original error. */
  originalError?: object;
  /** What to do about it. */
  solutions: string[] = [];

  /**
   * @param messageOrError - Replaces the explanation in the message, or is the original error.
   * @param error - The original error.
   */
  constructor(messageOrError?: string | object, error?: object) {
    super();
    const message = typeof messageOrError === 'string' ? messageOrError : undefined;
    const original = typeof messageOrError === 'object' ? messageOrError : error;
    if (message) this.message = message;
    if (original) this.originalError = original;
  }
}

/** An error of a class of its own. @public */
export interface CodedError extends TwilioError {
  code: number;
}

/** Makes errors of one code. @public */
export interface TwilioErrorClass {
  new (messageOrError?: string | object, error?: object): CodedError;
  readonly prototype: CodedError;
}

/** Classes by their names. */
type Family<Name extends string> = Readonly<Record<Name, TwilioErrorClass>>;

/** Every class that was made. The tables are complete wherever one of them is, so none of them is marked as pure. */
const BY_CODE = new Map<number, TwilioErrorClass>();

/** A class's name as words: `AccessTokenInvalid` is an access token that is invalid. */
function described(name: string): string {
  const words = name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ');
  return words.charAt(0) + words.slice(1).toLowerCase();
}

function classOf(name: string, row: Row): TwilioErrorClass {
  const [code, explanation, solutions, causes = [explanation]] = row;
  const made = class extends TwilioError {
    constructor(messageOrError?: string | object, error?: object) {
      super(messageOrError, error);
      this.name = name;
      this.code = code;
      this.description = described(name);
      this.explanation = explanation;
      this.causes = [...causes];
      this.solutions = [...solutions];
      this.message = `${name} (${code}): ${this.message || explanation}`;
    }
  };
  Object.defineProperty(made, 'name', { value: name });
  BY_CODE.set(code, made);
  return made;
}

function family<Name extends string>(rows: Readonly<Record<Name, Row>>): Family<Name> {
  const made = Object.entries<Row>(rows).map(([name, row]) => [name, classOf(name, row)]);
  return Object.fromEntries(made) as Family<Name>;
}

/** Authentication and authorization. @public */
export const AuthorizationErrors: Family<keyof typeof AUTHORIZATION> = family(AUTHORIZATION);
/** Signatures of tokens. @public */
export const SignatureValidationErrors: Family<keyof typeof SIGNATURE_VALIDATION> =
  family(SIGNATURE_VALIDATION);
/** The request cannot be fulfilled. @public */
export const ClientErrors: Family<keyof typeof CLIENT> = family(CLIENT);
/** The called party declined. @public */
export const SIPServerErrors: Family<keyof typeof SIP_SERVER> = family(SIP_SERVER);
/** Everything else. @public */
export const GeneralErrors: Family<keyof typeof GENERAL> = family(GENERAL);
/** The request is malformed. @public */
export const MalformedRequestErrors: Family<keyof typeof MALFORMED_REQUEST> =
  family(MALFORMED_REQUEST);
/** The microphone. @public */
export const UserMediaErrors: Family<keyof typeof USER_MEDIA> = family(USER_MEDIA);
/** The connection to the server. @public */
export const SignalingErrors: Family<keyof typeof SIGNALING> = family(SIGNALING);
/** The media connection. @public */
export const MediaErrors: Family<keyof typeof MEDIA> = family(MEDIA);

/** An argument is invalid. @public */
export class InvalidArgumentError extends Error {
  override name = 'InvalidArgumentError';
}

/** The state does not allow this. @public */
export class InvalidStateError extends Error {
  override name = 'InvalidStateError';
}

/** The browser does not support this. @public */
export class NotSupportedError extends Error {
  override name = 'NotSupportedError';
}

/**
 * The class of a code.
 *
 * @throws InvalidArgumentError when there is none.
 *
 * @public
 */
export function getErrorByCode(code: number): TwilioErrorClass {
  const made = BY_CODE.get(code);
  if (!made) throw new InvalidArgumentError(`Error code ${code} not found`);
  return made;
}

/** Whether a code has a class. @public */
export function hasErrorByCode(code: number): boolean {
  return BY_CODE.has(code);
}

/** @public */
export declare namespace AuthorizationErrors {
  export type AccessTokenInvalid = CodedError;
  export type AccessTokenExpired = CodedError;
  export type AuthenticationFailed = CodedError;
  export type AuthorizationError = CodedError;
  export type NoValidAccountError = CodedError;
  export type InvalidJWTTokenError = CodedError;
  export type JWTTokenExpiredError = CodedError;
  export type RateExceededError = CodedError;
  export type JWTTokenExpirationTooLongError = CodedError;
  export type ReconnectAttemptError = CodedError;
  export type CallMessageEventTypeInvalidError = CodedError;
  export type PayloadSizeExceededError = CodedError;
}

/** @public */
export declare namespace SignatureValidationErrors {
  export type AccessTokenSignatureValidationFailed = CodedError;
}

/** @public */
export declare namespace ClientErrors {
  export type BadRequest = CodedError;
  export type NotFound = CodedError;
  export type TemporarilyUnavailable = CodedError;
  export type BusyHere = CodedError;
}

/** @public */
export declare namespace SIPServerErrors {
  export type Decline = CodedError;
}

/** @public */
export declare namespace GeneralErrors {
  export type UnknownError = CodedError;
  export type ApplicationNotFoundError = CodedError;
  export type ConnectionDeclinedError = CodedError;
  export type ConnectionTimeoutError = CodedError;
  export type ConnectionError = CodedError;
  export type CallCancelledError = CodedError;
  export type TransportError = CodedError;
}

/** @public */
export declare namespace MalformedRequestErrors {
  export type MalformedRequestError = CodedError;
  export type MissingParameterArrayError = CodedError;
  export type AuthorizationTokenMissingError = CodedError;
  export type MaxParameterLengthExceededError = CodedError;
  export type InvalidBridgeTokenError = CodedError;
  export type InvalidClientNameError = CodedError;
  export type ReconnectParameterInvalidError = CodedError;
}

/** @public */
export declare namespace UserMediaErrors {
  export type PermissionDeniedError = CodedError;
  export type AcquisitionFailedError = CodedError;
}

/** @public */
export declare namespace SignalingErrors {
  export type ConnectionError = CodedError;
  export type ConnectionDisconnected = CodedError;
}

/** @public */
export declare namespace MediaErrors {
  export type ClientLocalDescFailed = CodedError;
  export type ClientRemoteDescFailed = CodedError;
  export type ConnectionError = CodedError;
}
