/** Messages for the user: errors with their hint on the page, everything else for screen readers. */
import { byId, copyOf, within } from './elements.js';
import { OffhookError } from './sdk.js';

/** Hints for the user; the hints of errors are for the operator. */
const USER_HINTS: Readonly<Record<string, string>> = {
  'bad-credentials': 'Check both; the operator of this phone system can give you a new password.',
  blocked: 'There were too many wrong passwords.',
};
/** Errors of a link that was opened to sign in. */
const OF_THE_LINK = /^(invalid-)?access-token|^expiration-exceeds/;

const shown: Map<string, HTMLElement> = new Map();

/** For screen readers, in the next pause. */
export function announcePolitely(text: string): void {
  byId('polite', HTMLElement).textContent = text;
}

/** For screen readers, at once. */
export function announceAssertively(text: string): void {
  byId('assertive', HTMLElement).textContent = text;
}

/** Shows an error and what to do about it until it is dismissed; the same one is shown once. */
export function showError(error: unknown, kind: 'error' | 'warn' = 'error'): void {
  const known =
    error instanceof OffhookError
      ? error
      : new OffhookError('negotiation-failed', { cause: error });
  const { code, message } = known;
  if (code === 'aborted') return;
  if (OF_THE_LINK.test(code)) {
    linkIsOver(`Ask for a new one. ${message}`, code, kind);
    return;
  }
  notify(code, message, waiting(known) + (USER_HINTS[code] ?? known.hint), kind);
}

/** The link that was opened does not sign in. */
export function linkIsOver(
  hint: string,
  code = 'link-is-over',
  kind: 'error' | 'warn' = 'error',
): void {
  notify(code, 'This link does not sign in any more.', hint, kind);
}

/** Shows a notice and its hint. @param code - Of two of the same code, the later stays. */
export function notify(
  code: string,
  message: string,
  hint: string,
  kind: 'error' | 'warn' = 'warn',
): void {
  withdraw(code);
  const notice = copyOf('notice-template');
  notice.dataset['kind'] = kind;
  notice.dataset['code'] = code;
  within(notice, '.message', HTMLElement).textContent = message;
  within(notice, '.hint', HTMLElement).textContent = hint;
  within(notice, '.dismiss', HTMLButtonElement).addEventListener('click', () => withdraw(code));
  byId('notices', HTMLElement).append(notice);
  shown.set(code, notice);
  announceAssertively(`${message} ${hint}`);
}

/** Removes a notice that no longer holds. */
export function withdraw(code: string): void {
  shown.get(code)?.remove();
  shown.delete(code);
}

/** Removes all notices. */
export function withdrawAll(): void {
  for (const code of [...shown.keys()]) withdraw(code);
}

function waiting({ retryAfter }: OffhookError): string {
  return retryAfter ? `Try again in ${Math.ceil(retryAfter / 60)} min. ` : '';
}
