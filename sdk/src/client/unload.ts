/** What happens before a page with calls is left: the server learns of it in time, and the person is asked first. */
import type { ConnectOptions } from './options.js';

/** Watches one page for one client, as long as there are calls: listening costs a place in the page cache. */
export class UnloadWatch {
  readonly #page: EventTarget | undefined;
  readonly #before: ((event: Event) => void) | undefined;

  /** @param leaving - Tells the server: some browsers close sockets before they say `pagehide`. */
  constructor(
    page: EventTarget | undefined,
    { surviveReload = true, closeProtection = false }: ConnectOptions,
    leaving: () => void,
  ) {
    this.#page = page;
    if (!surviveReload && !closeProtection) return;
    this.#before = (event) => {
      // HTML §7.4.2.4: the browser asks in words of its own.
      if (closeProtection) event.preventDefault();
      if (surviveReload) leaving();
    };
  }

  /** Says whether there are calls now. */
  watch(calls: boolean): void {
    if (!this.#before) return;
    this.#page?.[`${calls ? 'add' : 'remove'}EventListener`]('beforeunload', this.#before);
  }
}
