/** Before a page with calls is left: notifies the server in time, and asks the user. */
import type { ConnectOptions } from './options.js';

/**
 * Asks before the page is left when `ask` gives true or a text. Browsers ask in words of their own and ignore the text
 * (HTML §7.4.2.4). Gives the function that stops that.
 */
export function guardUnload(
  page: EventTarget | undefined,
  ask: () => boolean | string | undefined,
): () => void {
  const listener = (event: Event): void => {
    const message = ask();
    if (!message) return;
    event.preventDefault();
    // Chromium before 119 looks at this only.
    Reflect.set(event, 'returnValue', message);
  };
  page?.addEventListener('beforeunload', listener);
  return () => page?.removeEventListener('beforeunload', listener);
}

/** Guards one page for one client, as long as there are calls: listening costs a place in the page cache. */
export class UnloadGuard {
  readonly #start: (() => () => void) | undefined;
  #stop: (() => void) | undefined;

  /** @param leaving - Notifies the server: some browsers close sockets before `pagehide`. */
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
