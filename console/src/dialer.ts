/** Where a name or a number is typed. */
import { byId } from './elements.js';
import { fillKeypad } from './keypad.js';

/** The field, its keypad and its button. */
export class Dialer {
  readonly #to: HTMLInputElement = byId('to', HTMLInputElement);
  readonly #erase: HTMLButtonElement = byId('erase', HTMLButtonElement);
  readonly #go: HTMLButtonElement = byId('dial-go', HTMLButtonElement);
  #typedAt: number = Number.NEGATIVE_INFINITY;

  /** @param dial - Calls what was typed. @param signal - Removes the listeners. */
  constructor(dial: (to: string) => void, signal: AbortSignal) {
    byId('dial', HTMLFormElement).addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        const to = this.#to.value.trim();
        if (to === '') this.focus();
        else dial(to);
      },
      { signal },
    );
    this.#to.addEventListener('input', () => this.#typed(), { signal });
    this.#erase.addEventListener('click', () => this.#shorten(), { signal });
    const keys = byId('dial-keys', HTMLElement);
    fillKeypad(keys, (key) => {
      this.#to.value += key;
      this.#typed();
    });
    signal.addEventListener('abort', () => keys.replaceChildren());
  }

  /** Milliseconds since the last letter. */
  get quietMs(): number {
    return performance.now() - this.#typedAt;
  }

  /** Puts a number or name into the field. */
  prefill(to: string): void {
    this.#to.value = to.slice(0, this.#to.maxLength);
    this.#erase.hidden = to === '';
  }

  /** Makes the field ready for the next letter. */
  focus(): void {
    this.#to.focus({ preventScroll: true });
  }

  /** What was typed is being called, or no longer. */
  busy(on: boolean): void {
    if (on) this.#typedAt = Number.NEGATIVE_INFINITY;
    this.#go.disabled = on;
  }

  /** Labels the button: a call in progress is held first. */
  show(holds: boolean): void {
    byId('dial-word', HTMLElement).textContent = holds ? 'Hold and call' : 'Call';
  }

  #typed(): void {
    this.#typedAt = performance.now();
    this.#erase.hidden = this.#to.value === '';
  }

  #shorten(): void {
    this.#to.value = this.#to.value.slice(0, -1);
    this.#typed();
    this.#to.focus();
  }
}
