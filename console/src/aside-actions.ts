/** The actions of a call that waits while another is in front. */
import type { CardContext } from './card-context.js';
import { within } from './elements.js';
import { showError } from './notices.js';
import { other } from './peers.js';
import type { Call } from './sdk.js';

/** The buttons of a call that waits: back to it, join both others, or let it go. */
export class AsideActions {
  readonly #call: Call;
  readonly #card: HTMLElement;
  readonly #context: CardContext;
  #joining = false;

  constructor(call: Call, card: HTMLElement, context: CardContext) {
    this.#call = call;
    this.#card = card;
    this.#context = context;
    this.#button('.swap').addEventListener('click', () => void context.lines.resume(call));
    this.#button('.join').addEventListener('click', () => void this.#join());
    this.#button('.drop').addEventListener('click', () => call.hangup());
  }

  /** Shows what can be done now; gives whether the call waits. */
  show(): boolean {
    const { lines } = this.#context;
    const front = lines.front;
    const aside = lines.waits(this.#call);
    within(this.#card, '.aside', HTMLElement).hidden = !aside;
    if (!aside || !front) return aside;
    const [mine, theirs] = [other(this.#call), other(front)];
    const join = this.#button('.join');
    join.disabled = this.#joining || this.#call.state !== 'up' || front.state !== 'up';
    join.setAttribute('aria-label', `Join them: connect ${mine} with ${theirs} and leave`);
    const swap = this.#button('.swap');
    swap.textContent = front.held ? 'Resume' : 'Swap';
    swap.setAttribute('aria-label', `${swap.textContent}: talk with ${mine}`);
    this.#button('.drop').setAttribute('aria-label', `Hang up ${mine}`);
    return aside;
  }

  async #join(): Promise<void> {
    const { front } = this.#context.lines;
    if (!front) return;
    this.#joining = true;
    this.#context.changed();
    try {
      await this.#call.transfer(front);
    } catch (error) {
      showError(error);
    } finally {
      this.#joining = false;
      this.#context.changed();
    }
  }

  #button(selector: string): HTMLButtonElement {
    return within(this.#card, selector, HTMLButtonElement);
  }
}
