/** The actions of an incoming call that rings. */
import type { CardContext } from './card-context.js';
import { within } from './elements.js';
import { showError, withdraw } from './notices.js';
import type { Call } from './sdk.js';

/** The buttons of an incoming call: during another call there are two ways to answer. */
export class RingingActions {
  readonly #call: Call;
  readonly #card: HTMLElement;
  readonly #context: CardContext;

  constructor(call: Call, card: HTMLElement, context: CardContext) {
    this.#call = call;
    this.#card = card;
    this.#context = context;
    this.#button('.answer').addEventListener('click', () => this.answer());
    this.#button('.replace').addEventListener('click', () => this.answer('hangup'));
    this.#button('.ignore').addEventListener('click', () => call.ignore());
    this.#button('.decline').addEventListener('click', () => call.reject());
  }

  /** Takes the call. @param others - What happens to the other calls. */
  answer(others: 'hold' | 'hangup' = 'hold'): void {
    withdraw('microphone-denied');
    this.#call.accept({ others }).catch((error) => showError(error));
    this.#context.changed();
  }

  /** Shows what can be done now. */
  show(): void {
    const { state } = this.#call;
    const waiting = this.#context.lines.hasOtherActive(this.#call);
    within(this.#card, '.ringing', HTMLElement).hidden =
      state !== 'incoming' && state !== 'ignored';
    this.#button('.ignore').hidden = state === 'ignored';
    this.#button('.replace').hidden = !waiting;
    const text = waiting ? 'Hold and answer' : 'Answer';
    if (this.#button('.answer').textContent !== text) this.#button('.answer').textContent = text;
  }

  #button(selector: string): HTMLButtonElement {
    return within(this.#card, selector, HTMLButtonElement);
  }
}
