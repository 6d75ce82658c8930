/** What can be done with a call that rings here. */
import type { CardWorld } from './card-world.js';
import { within } from './elements.js';
import { complain, withdraw } from './notices.js';
import type { Call } from './sdk.js';

/** The buttons of an incoming call: with somebody on the line already, there are two ways to answer. */
export class RingingDeeds {
  readonly #call: Call;
  readonly #card: HTMLElement;
  readonly #world: CardWorld;

  constructor(call: Call, card: HTMLElement, world: CardWorld) {
    this.#call = call;
    this.#card = card;
    this.#world = world;
    this.#button('.answer').addEventListener('click', () => this.answer());
    this.#button('.replace').addEventListener('click', () => this.answer('hangup'));
    this.#button('.ignore').addEventListener('click', () => call.ignore());
    this.#button('.decline').addEventListener('click', () => call.reject());
  }

  /** Takes the call. @param others - What becomes of the calls there are. */
  answer(others: 'hold' | 'hangup' = 'hold'): void {
    withdraw('microphone-denied');
    this.#call.accept({ others }).catch((error) => complain(error));
    this.#world.changed();
  }

  /** Shows what can be done now. */
  show(): void {
    const { state } = this.#call;
    const waiting = this.#world.lines.busyBut(this.#call);
    within(this.#card, '.ringing', HTMLElement).hidden =
      state !== 'incoming' && state !== 'ignored';
    this.#button('.ignore').hidden = state === 'ignored';
    this.#button('.replace').hidden = !waiting;
    const words = waiting ? 'Hold and answer' : 'Answer';
    if (this.#button('.answer').textContent !== words) this.#button('.answer').textContent = words;
  }

  #button(selector: string): HTMLButtonElement {
    return within(this.#card, selector, HTMLButtonElement);
  }
}
