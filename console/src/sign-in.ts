/** The user's credentials: from the link that was opened, from the tab's storage, or from the form. */
import { byId } from './elements.js';
import type { ConnectOptions } from './sdk.js';

const KEY = 'offhook.token';
const NAME = 'offhook.name';

/** The fields behind `#` in the page's address. */
export interface Fragment {
  readonly token: string | undefined;
  readonly to: string | undefined;
  /** Whether a short link led here that does not sign in any more. */
  readonly gone: boolean;
}

/** Reads what stands behind `#` in an address: `token=…&to=…`, or `gone`. */
export function readFragment(hash: string): Fragment {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    token: fields.get('token') ?? undefined,
    to: fields.get('to') ?? undefined,
    gone: fields.has('gone'),
  };
}

/**
 * The token that this tab was opened with. It goes from the address into the tab's own memory, so that
 * it is in no history and no screenshot, and a reload still signs in.
 */
export function readToken(): Fragment {
  const fragment = readFragment(location.hash);
  if (fragment.token) sessionStorage.setItem(KEY, fragment.token);
  if (fragment.token || fragment.gone) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  return { ...fragment, token: fragment.token ?? sessionStorage.getItem(KEY) ?? undefined };
}

/** Removes the token and the name; the next load shows the form. */
export function forget(): void {
  sessionStorage.removeItem(NAME);
  sessionStorage.removeItem(KEY);
}

/** Stores the name of a user who signs in by the form for the next load of this tab, never the password. */
export function rememberName({ endpoint }: ConnectOptions): void {
  if (endpoint !== undefined) sessionStorage.setItem(NAME, endpoint);
}

/** The stored name: enough to resume a call after a reload. */
export function rememberedName(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}

/** Calls `go` with what was typed into the form; when it gives false, the form stays. */
export function onSignIn(go: (options: ConnectOptions) => Promise<boolean>): void {
  const form = byId('sign-in-form', HTMLFormElement);
  const password = byId('password', HTMLInputElement);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = byId('sign-in-go', HTMLButtonElement);
    button.disabled = true;
    const endpoint = byId('endpoint', HTMLInputElement).value.trim();
    const done = await go({ endpoint, password: password.value });
    button.disabled = false;
    password.value = '';
    if (!done) password.focus();
  });
}
