/** Transfers the other party of a call: blind, or after a consultation. */
import type { CardContext } from './card-context.js';
import { within } from './elements.js';
import { announcePolitely, showError } from './notices.js';
import type { Call } from './sdk.js';

/** The form of a transfer. */
export class TransferPanel {
  readonly element: HTMLElement;
  readonly #call: Call;
  readonly #target: HTMLInputElement;

  constructor(call: Call, element: HTMLElement, context: CardContext) {
    this.element = element;
    this.#call = call;
    this.#target = within(element, '.target', HTMLInputElement);
    element.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#blind(this.#target.value.trim());
    });
    within(element, '.ask', HTMLButtonElement).addEventListener('click', () => {
      const to = this.#target.value.trim();
      if (to === '') this.#target.focus();
      else void context.dial(to).then((begun) => begun && this.#empty());
    });
  }

  async #blind(to: string): Promise<void> {
    if (to === '') return;
    announcePolitely(`Transferring to ${to}`);
    try {
      await this.#call.transfer(to);
      this.#empty();
    } catch (error) {
      showError(error);
    }
  }

  #empty(): void {
    this.#target.value = '';
  }
}
