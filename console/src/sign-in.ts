/** Who the person is: from the link that was opened, from this tab's memory, or from the form. */
import { byId } from './elements.js';
import type { ConnectOptions } from './sdk.js';

const KEY = 'offhook.token';
const AGAIN = 'offhook.again';
/** Longer than this no call waits for the page to come back. */
const FRESH_MS = 30_000;

let reloading: AbortController | undefined;

/** What the page's address says behind `#`. */
export interface Fragment {
  readonly token: string | undefined;
  readonly to: string | undefined;
}

/** Reads what stands behind `#` in an address: `token=…&to=…`. */
export function readFragment(hash: string): Fragment {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  return { token: fields.get('token') ?? undefined, to: fields.get('to') ?? undefined };
}

/**
 * The token that this tab was opened with. It goes from the address into the tab's own memory, so that
 * it is in no history and no screenshot, and a reload still signs in.
 */
export function openedWith(): Fragment {
  const fragment = readFragment(location.hash);
  if (fragment.token) {
    sessionStorage.setItem(KEY, fragment.token);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return { token: fragment.token ?? sessionStorage.getItem(KEY) ?? undefined, to: fragment.to };
}

/** Forgets the token; the next load of the page asks. */
export function forget(): void {
  sessionStorage.removeItem(KEY);
}

/**
 * Whoever signed in by the form need not do so again when the page is loaded anew in a call, which waits for
 * seconds only. The password is kept for that moment alone, in the tab's own memory, and taken out at once.
 *
 * @param inCall - Whether there is a call that would be lost.
 */
export function keepOverReload(
  { endpoint, password }: ConnectOptions,
  inCall: () => boolean,
): void {
  if (endpoint === undefined) return;
  reloading?.abort();
  reloading = new AbortController();
  addEventListener(
    'pagehide',
    () => {
      if (inCall()) {
        const kept = JSON.stringify({ endpoint, password, at: Date.now() });
        sessionStorage.setItem(AGAIN, kept);
      }
    },
    { signal: reloading.signal },
  );
}

/** Who was in a call when this page was left a moment ago, if that was not signed in by a token. */
export function reloadedAs(): ConnectOptions | undefined {
  const text = sessionStorage.getItem(AGAIN);
  sessionStorage.removeItem(AGAIN);
  if (text === null) return undefined;
  const { endpoint, password, at } = JSON.parse(text) as Record<string, string> & { at: number };
  const age = Date.now() - at;
  if (age < 0 || age > FRESH_MS || endpoint === undefined || password === undefined)
    return undefined;
  return { endpoint, password };
}

/** Asks by the form from now on. @param go - Called with what was typed; false leaves the form as it is. */
export function askWith(go: (options: ConnectOptions) => Promise<boolean>): void {
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
