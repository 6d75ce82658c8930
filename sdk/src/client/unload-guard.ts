/** What happens before a page with calls is left: the server learns of it in time, and the person is asked first. */
import type { ConnectOptions } from './options.js';

/** For browsers that show a text of the page; most ask in words of their own (HTML §7.4.2.4). */
const MESSAGE = 'A call is in progress. Leaving or reloading this page will end it.';

/**
 * Asks before the page is left when `ask` gives true, or the text to show. Gives the function that stops that.
 */
export function guardUnload(
  page: EventTarget | undefined,
  ask: () => boolean | string | undefined,
): () => void {
  const listener = (event: Event): void => {
    const message = ask();
    if (!message) return;
    event.preventDefault();
    // Chromium before 119 looks at this only. Where it cannot be set, it is not needed.
    Reflect.set(event, 'returnValue', message === true ? MESSAGE : message);
  };
  page?.addEventListener('beforeunload', listener);
  return () => page?.removeEventListener('beforeunload', listener);
}

/** Guards one page for one client, as long as there are calls: listening costs a place in the page cache. */
export class UnloadGuard {
  readonly #start: (() => () => void) | undefined;
  #stop: (() => void) | undefined;

  /** @param leaving - Notifies the server: some browsers close sockets before they say `pagehide`. */
  constructor(
    page: EventTarget | undefined,
    { surviveReload = true, closeProtection = false }: ConnectOptions,
    leaving: () => void,
  ) {
    if (!surviveReload && !closeProtection) return;
    const ask = (): boolean => {
      if (surviveReload) leaving();
      return closeProtection;
    };
    this.#start = () => guardUnload(page, ask);
  }

  /** @param calls - Whether there are calls now. */
  update(calls: boolean): void {
    if (calls) this.#stop ??= this.#start?.();
    else {
      this.#stop?.();
      this.#stop = undefined;
    }
  }
}
