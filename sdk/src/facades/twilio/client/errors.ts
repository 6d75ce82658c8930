/** Errors of the first generation: plain objects with a number, and the class of the second beside it. */
import type { Ending, OffhookError } from '../../../core/errors.js';
import {
  AuthorizationErrors,
  GeneralErrors,
  MediaErrors,
  SignalingErrors,
  type TwilioErrorClass,
} from '../errors/classes.js';
import { endingError, numberOf } from '../errors/mapping.js';
import type { ClientError } from './connection.js';

/** The number of the first generation, and the class beside it. */
const ERRORS: Readonly<Record<number, readonly [number, TwilioErrorClass?]>> =
  /* @__PURE__ */ Object.freeze({
    31201: [31201, AuthorizationErrors.AuthenticationFailed],
    31202: [31204, AuthorizationErrors.AccessTokenInvalid],
    31204: [31204, AuthorizationErrors.AccessTokenInvalid],
    31205: [31205, AuthorizationErrors.AccessTokenExpired],
    31005: [31005, SignalingErrors.ConnectionError],
    31008: [31008],
    31009: [31009, GeneralErrors.TransportError],
    31401: [31208],
    31402: [31201],
    53000: [31000, SignalingErrors.ConnectionError],
    53001: [31005, SignalingErrors.ConnectionDisconnected],
    53402: [31000, MediaErrors.ClientRemoteDescFailed],
  } as const);

/** One of our errors. */
export function clientError(error: OffhookError): ClientError {
  const [code, Class] = ERRORS[numberOf(error)] ?? [31000, GeneralErrors.UnknownError];
  const { message } = error;
  return { code, message, ...(Class && { twilioError: new Class(message, error) }) };
}

/** What went wrong when a call ended like this; nothing when it just ended. */
export function clientEnding(ending: Ending): ClientError | undefined {
  const precise = endingError(ending, true);
  if (!precise) return undefined;
  const { message } = ending;
  if (ending.cause === 'media-failed') {
    return { code: 31003, message, twilioError: new MediaErrors.ConnectionError(message) };
  }
  const twilioError = new GeneralErrors.ConnectionError(message, ending);
  return { code: 31005, message, info: { code: precise.code, message }, twilioError };
}

/** Why a connection is looking for another path. */
export function reconnectingError(): ClientError {
  const message = 'Media connection failed.';
  return { code: 53405, message, twilioError: new MediaErrors.ConnectionError(message) };
}
