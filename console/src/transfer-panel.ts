/** Hands the other end of a call on: to whom the person names, at once or after asking. */
import type { CardWorld } from './card-world.js';
import { within } from './elements.js';
import { complain, mention } from './notices.js';
import type { Call } from './sdk.js';

/** The form of a transfer. */
export class TransferPanel {
  readonly element: HTMLElement;
  readonly #call: Call;
  readonly #target: HTMLInputElement;

  constructor(call: Call, element: HTMLElement, world: CardWorld) {
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
      else void world.dial(to).then((begun) => begun && this.#empty());
    });
  }

  async #blind(to: string): Promise<void> {
    if (to === '') return;
    mention(`Transferring to ${to}`);
    try {
      await this.#call.transfer(to);
      this.#empty();
    } catch (error) {
      complain(error);
    }
  }

  #empty(): void {
    this.#target.value = '';
  }
}
