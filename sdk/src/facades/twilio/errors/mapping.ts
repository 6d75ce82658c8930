/** Our errors and causes as the vendor's classes, with its rule of when to be precise. */
import type { CauseCode, Ending, ErrorCode, OffhookError } from '../../../core/errors.js';
import {
  AuthorizationErrors,
  GeneralErrors,
  getErrorByCode,
  hasErrorByCode,
  InvalidArgumentError,
  NotSupportedError,
  SignalingErrors,
  type TwilioError,
  type TwilioErrorClass,
} from './classes.js';

/** Codes that the vendor shows only to those who asked for precision. */
const PRECISE: ReadonlySet<number> = /* @__PURE__ */ new Set([
  31001, 31002, 31003, 31101, 31102, 31103, 31104, 31105, 31107, 31201, 31202, 31203, 31204, 31205,
  31207, 31404, 31480, 31486, 31603,
]);

/** The number that the vendor's server would have sent. */
const NUMBERS: Readonly<Partial<Record<ErrorCode, number>>> = {
  'bad-credentials': 31201,
  blocked: 31206,
  'invalid-access-token': 31204,
  'invalid-access-token-header': 31204,
  'invalid-access-token-issuer': 31204,
  'invalid-access-token-subject': 31204,
  'access-token-not-valid-yet': 31204,
  'access-token-expired': 31205,
  'invalid-access-token-signature': 31202,
  'invalid-access-token-grants': 31201,
  'expiration-exceeds-max-allowed-time': 31207,
  'max-allowed-login-reached': 31206,
  'too-many-devices': 31206,
  'too-many-links': 31206,
  'too-many-calls': 31206,
  'incoming-not-allowed': 31201,
  'identity-missing': 31105,
  'hello-expected': 31100,
  'version-not-supported': 31100,
  'unknown-type': 31100,
  'bad-frame': 31100,
  'no-such-call': 31404,
  'bad-argument': 31400,
  'not-supported': 31402,
  'insecure-origin': 31402,
  'microphone-denied': 31401,
  'microphone-missing': 31402,
  'microphone-busy': 31402,
  'cannot-connect': 31005,
  'not-connected': 31009,
  'link-ended': 53001,
  'no-reply': 53000,
  'negotiation-failed': 53402,
  'bad-description': 53402,
  aborted: 31008,
};

/** Causes with which a call ends badly, as the vendor's server would put them. */
const CAUSES: Readonly<Partial<Record<CauseCode, number>>> = {
  busy: 31486,
  rejected: 31603,
  'no-answer': 31480,
  unreachable: 31480,
  'not-found': 31404,
  'no-route': 31404,
  forbidden: 31002,
  'incompatible-media': 53402,
  'media-failed': 53405,
  'endpoint-lost': 53001,
  'server-lost': 53001,
  'server-restarted': 53001,
  'application-error': 31005,
  congestion: 31206,
  shutdown: 31005,
  failed: 31005,
};

/** Numbers that are always shown as another one. */
const RENAMED: Readonly<Record<number, keyof typeof AuthorizationErrors>> = {
  31201: 'AuthenticationFailed',
  31204: 'AccessTokenInvalid',
  31205: 'AccessTokenExpired',
};

/** The vendor's number for one of our errors; 31000 for what it does not know. */
export function numberOf(error: { readonly code: string }): number {
  return NUMBERS[error.code as ErrorCode] ?? 31000;
}

/** The class of a number that came from the server, unless the page does not want it that precisely. @public */
export function getPreciseSignalingErrorByCode(
  precise: boolean,
  code: number,
): TwilioErrorClass | undefined {
  return hasErrorByCode(code) && (precise || !PRECISE.has(code)) ? getErrorByCode(code) : undefined;
}

/** An error as the device shows it. */
export function deviceError(error: OffhookError, precise: boolean): TwilioError {
  const number = numberOf(error);
  // Without precision a wrong signature is what any unreadable token is.
  const renamed = RENAMED[number === 31202 && !precise ? 31204 : number];
  const Class =
    (renamed && AuthorizationErrors[renamed]) ??
    getPreciseSignalingErrorByCode(precise, number) ??
    SignalingErrors.ConnectionError;
  return new Class(error.message, error);
}

/** An error as a promise shows it: some are no error of the signalling at all. */
export function plainError(error: OffhookError, precise: boolean): TwilioError | Error {
  const code = numberOf(error);
  if (code === 31400) return Object.assign(new InvalidArgumentError(error.message), { code });
  if (error.code === 'not-supported' || error.code === 'insecure-origin') {
    return Object.assign(new NotSupportedError(error.message), { code });
  }
  return deviceError(error, precise);
}

/** What went wrong when a call ended like this; nothing when it just ended. */
export function endingError(ending: Ending, precise: boolean): TwilioError | undefined {
  const number = CAUSES[ending.cause as CauseCode];
  if (number === undefined || ending.by === 'local') return undefined;
  const Class = getPreciseSignalingErrorByCode(precise, number) ?? GeneralErrors.ConnectionError;
  return new Class(ending.message, ending);
}
