/** The one error class of the SDK: a code, a sentence, and what to do about it. */
import { CAUSES, type ServerCauseCode } from './cause-table.js';
import { ERRORS, type ServerErrorCode } from './error-table.js';

/** Every code of `spec/errors.toml` that can reach a page. @public */
export type ErrorCode = keyof typeof ERRORS | ServerErrorCode;

/** Every cause of `spec/causes.toml`. @public */
export type CauseCode = keyof typeof CAUSES | ServerCauseCode;

/** More about an {@link OffhookError}. @public */
export interface ErrorDetails {
  /** Replaces the table's sentence, for the particular case. */
  message?: string | undefined;
  /** Replaces the table's advice; for errors of the server, which are in no table here, it is the only one. */
  hint?: string | undefined;
  /** The original error, such as one of the browser. */
  cause?: unknown;
  /** Seconds after which the same may be tried again, if the server set a time. */
  retryAfter?: number | undefined;
  /** The call it is about, by its id on the link. */
  call?: string | undefined;
}

/**
 * Any error of this SDK. When one is thrown, nothing has changed.
 *
 * @public
 */
export class OffhookError extends Error {
  /** A key of `spec/errors.toml`; a newer server may send one that this SDK does not know. */
  readonly code: ErrorCode | (string & {});
  /** What to do about it, in a sentence. */
  readonly hint: string;
  /** Seconds after which the same may be tried again, if the server set a time. */
  readonly retryAfter: number | undefined;
  /** The call it is about, by its id on the link. */
  readonly call: string | undefined;

  constructor(code: ErrorCode | (string & {}), details: ErrorDetails = {}) {
    const [message, hint] = Object.hasOwn(ERRORS, code)
      ? ERRORS[code as keyof typeof ERRORS]
      : [`The server reports \`${code}\`.`, "Look the code up in the server's documentation."];
    const { cause } = details;
    super(details.message || message, cause === undefined ? {} : { cause });
    this.name = 'OffhookError';
    this.code = code;
    this.hint = details.hint || hint;
    this.retryAfter = details.retryAfter;
    this.call = details.call;
  }
}

/** How and why a call ended. @public */
export interface Ending {
  /** A key of `spec/causes.toml`; a newer server may send one that this SDK does not know. */
  readonly cause: CauseCode | (string & {});
  /** Who ended it: the other party, the server, or this page. */
  readonly by: 'peer' | 'server' | 'local';
  /** A sentence for people. */
  readonly message: string;
  /** The equivalent SIP status (RFC 3261 §21). */
  readonly sip: number;
  /** The equivalent Q.850 cause. */
  readonly q850: number;
}

/** An ending in full, from its cause; what the server sent goes first. */
export function ending(
  cause: CauseCode | (string & {}),
  by: Ending['by'],
  given: { message?: string; sip?: number; q850?: number } = {},
): Ending {
  const known = Object.hasOwn(CAUSES, cause) ? CAUSES[cause as keyof typeof CAUSES] : CAUSES.failed;
  const [message, sip, q850] = known;
  return {
    cause,
    by,
    message: given.message || message,
    sip: given.sip ?? sip,
    q850: given.q850 ?? q850,
  };
}
