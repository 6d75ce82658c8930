/** Why a log-in failed, in the vendor's terms. */
import { OffhookError } from '../../core/errors.js';

/** Errors of access tokens, by the vendor's number. */
const NAMES: Readonly<Record<number, string>> = {
  10001: 'INVALID_ACCESS_TOKEN',
  10002: 'INVALID_ACCESS_TOKEN_HEADER',
  10003: 'INVALID_ACCESS_TOKEN_ISSUER',
  10004: 'INVALID_ACCESS_TOKEN_SUBJECT',
  10005: 'ACCESS_TOKEN_NOT_VALID_YET',
  10006: 'ACCESS_TOKEN_EXPIRED',
  10007: 'INVALID_ACCESS_TOKEN_SIGNATURE',
  10008: 'INVALID_ACCESS_TOKEN_GRANTS',
  10009: 'EXPIRATION_EXCEEDS_MAX_ALLOWED_TIME',
  10010: 'MAX_ALLOWED_LOGIN_REACHED',
};

/** A token that replaces another could not be had, or was refused. */
export const RELOGIN_FAILED = 'RELOGIN_FAILED_INVALID_TOKEN';

/** Our codes that have a name which is spelled otherwise, or a cause in the words of SIP. */
const CAUSES: Readonly<Record<string, string>> = {
  'too-many-devices': 'MAX_ALLOWED_LOGIN_REACHED',
  'too-many-links': 'MAX_ALLOWED_LOGIN_REACHED',
  'incoming-not-allowed': 'INVALID_ACCESS_TOKEN_GRANTS',
  'identity-missing': 'INVALID_ACCESS_TOKEN_SUBJECT',
  'bad-credentials': 'Authentication Error',
  blocked: 'Rejected',
  'cannot-connect': 'Connection Error',
  'link-ended': 'Connection Error',
  'no-reply': 'Request Timeout',
  'token-refresh-failed': 'INVALID_ACCESS_TOKEN',
};

/** The name of that number. */
export function errorByNumber(number: number): string {
  return NAMES[number] ?? 'Unauthorised';
}

/** The vendor's name of one of our codes, if it is an error of tokens. */
export function errorName(code: string): string | undefined {
  const name = code.toUpperCase().replaceAll('-', '_');
  return Object.values(NAMES).find((known) => known === name);
}

/** Why a log-in failed. */
export function loginCause(error: unknown): string {
  const code = error instanceof OffhookError ? error.code : '';
  return CAUSES[code] ?? errorName(code) ?? 'Internal Error';
}
