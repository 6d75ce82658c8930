/** Checks arguments before anything is done. */
import { type Check, integer, listOf, matching, text } from '../core/checks.js';
import { OffhookError } from '../core/errors.js';
import type { Credentials, LinkKey, StringMap } from '../core/frames.js';
import type { CallOptions, ConnectOptions, Feedback } from './options.js';

function wrong(message: string): OffhookError {
  return new OffhookError('bad-argument', { message });
}

/**
 * The credentials in the options; nothing when a token has to be fetched first, or a stored link needs none.
 *
 * @throws {@link OffhookError} `bad-argument`.
 */
export function credentialsOf(
  options: ConnectOptions,
  kept: LinkKey | undefined,
): Credentials | undefined {
  const { token, endpoint, password, refreshToken } = options;
  if (token !== undefined && endpoint !== undefined) {
    throw wrong('Give either token, or endpoint and password, not both.');
  }
  if (token !== undefined) return { token: checkToken(token) };
  if (endpoint !== undefined) {
    if (!text(160, 1)(endpoint)) {
      throw wrong('endpoint must be a name of 1 to 160 letters.');
    }
    if (kept && password === undefined) return undefined;
    if (text(256)(password)) return { endpoint, password };
    throw wrong('password must be a text of at most 256 letters.');
  }
  if (refreshToken ?? kept) return undefined;
  throw wrong('Credentials are missing: give token, refreshToken, or endpoint and password.');
}

/** A token that can be sent. @throws {@link OffhookError} `bad-argument`. */
export function checkToken(token: unknown): string {
  if (text(8192, 1)(token)) return token;
  throw wrong('token must be a text of 1 to 8192 letters.');
}

/**
 * Checks the figures among the options.
 *
 * @throws {@link OffhookError} `bad-argument` that names the option.
 */
export function checkFigures({ timeoutMs, maxAverageBitrate: bits }: ConnectOptions): void {
  if (timeoutMs !== undefined && !integer(1, 2 ** 31 - 1)(timeoutMs)) {
    throw wrong(`timeoutMs must be 1 to 2147483647, not ${timeoutMs}.`);
  }
  if (bits !== undefined && !integer(6_000, 510_000)(bits)) {
    throw wrong(`maxAverageBitrate must be 6000 to 510000, not ${bits}.`);
  }
}

/**
 * Checks what goes along with a call before anything is done.
 *
 * @throws {@link OffhookError} `bad-argument` that names the field.
 */
export function checkCall(to: string, { parameters = {}, headers = {} }: CallOptions): void {
  if (!text(256)(to)) {
    throw wrong('to must be a text of at most 256 letters.');
  }
  checkFields('parameters', parameters, text(64, 1), 1024);
  checkFields('headers', headers, matching(/^[A-Za-z0-9-]{1,64}$/), 256);
}

function checkFields(field: string, values: StringMap, name: Check, most: number): void {
  const entries = Object.entries(values);
  if (entries.length > 32) {
    throw wrong(`${field} may have at most 32 entries, not ${entries.length}.`);
  }
  for (const [key, value] of entries) {
    if (!name(key)) {
      throw wrong(`${field} has the name ${JSON.stringify(key)}, which cannot be sent.`);
    }
    if (!text(most)(value)) {
      throw wrong(`${field}.${key} must be a text of at most ${most} letters.`);
    }
  }
}

/**
 * Checks feedback on a call.
 *
 * @throws {@link OffhookError} `bad-argument` that names the field.
 */
export function checkFeedback({ score, issues = [], note = '' }: Feedback): void {
  if (!integer(1, 5)(score)) throw wrong(`score must be 1 to 5, not ${score}.`);
  if (!listOf(matching(/^.{1,64}$/), 16)(issues)) {
    throw wrong('issues may have at most 16 words of 1 to 64 letters.');
  }
  if (!text(1024)(note)) throw wrong('note may have at most 1024 letters.');
}
