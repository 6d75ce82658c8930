/** Asks before the page is left in a call. */

const USUAL = 'A call is in progress. Leaving or reloading this page will end it.';

/** Guards one page for one device. */
export class CloseProtection {
  readonly #wanted: () => boolean | string | undefined;
  readonly #ask: (event: BeforeUnloadEvent) => string | undefined;

  /** @param wanted - The message, or whether to ask at all; false outside of calls. */
  constructor(wanted: () => boolean | string | undefined) {
    this.#wanted = wanted;
    this.#ask = (event) => {
      const message = this.#wanted();
      if (!message) return undefined;
      const text = typeof message === 'string' ? message : USUAL;
      event.preventDefault();
      event.returnValue = text;
      return text;
    };
    if (typeof window !== 'undefined') window.addEventListener('beforeunload', this.#ask);
  }

  /** Asks no more. */
  close(): void {
    if (typeof window !== 'undefined') window.removeEventListener('beforeunload', this.#ask);
  }
}
