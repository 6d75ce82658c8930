/** Who the person is: from the link that was opened, from this tab's memory, or from the form. */
import { byId } from './elements.js';
import type { ConnectOptions } from './sdk.js';

const KEY = 'offhook.token';
const NAME = 'offhook.name';

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

/** Forgets the token and the name; the next load of the page asks. */
export function forget(): void {
  sessionStorage.removeItem(NAME);
  sessionStorage.removeItem(KEY);
}

/** Whoever signs in by the form is known by name to the next load of this tab, and never by password. */
export function rememberName({ endpoint }: ConnectOptions): void {
  if (endpoint !== undefined) sessionStorage.setItem(NAME, endpoint);
}

/** Who signed in by the form in this tab: enough to be back in a call that the page was left in a moment ago. */
export function rememberedName(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
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
