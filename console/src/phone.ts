/** The phone of somebody who has signed in: dialling, the calls there are, the keyboard. */
import { CallCard } from './call-card.js';
import { byId } from './elements.js';
import { fillKeypad } from './keypad.js';
import { complain, withdraw } from './notices.js';
import { remember } from './recent.js';
import type { Call, Client } from './sdk.js';
import { other } from './words.js';

const TITLE = 'offhook';
/** Who has pressed a letter this short while ago is still typing. */
const TYPING_MS = 3_000;
const KEYS = /^[0-9*#]$/;

/** Joins a client to the page. */
export class Phone {
  readonly #client: Client;
  readonly #to: HTMLInputElement = byId('to', HTMLInputElement);
  readonly #erase: HTMLButtonElement = byId('erase', HTMLButtonElement);
  readonly #end: AbortController = new AbortController();
  #cards: CallCard[] = [];
  #typedAt: number = Number.NEGATIVE_INFINITY;

  constructor(client: Client) {
    this.#client = client;
    client.on('call', (call) => this.#add(call));
    this.#dialer();
    document.addEventListener('keydown', (event) => this.#key(event), { signal: this.#end.signal });
  }

  /** Puts a number or name into the field. */
  prefill(to: string): void {
    this.#to.value = to.slice(0, this.#to.maxLength);
    this.#erase.hidden = to === '';
  }

  /** Lets go of the page. */
  close(): void {
    this.#end.abort();
    byId('dial-keys', HTMLElement).replaceChildren();
    document.title = TITLE;
  }

  #dialer(): void {
    const { signal } = this.#end;
    byId('dial', HTMLFormElement).addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        void this.#dial(this.#to.value.trim());
      },
      { signal },
    );
    this.#to.addEventListener('input', () => this.#typed(), { signal });
    this.#erase.addEventListener('click', () => this.#shorten(), { signal });
    fillKeypad(byId('dial-keys', HTMLElement), (key) => {
      this.#to.value += key;
      this.#typed();
    });
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

  async #dial(to: string): Promise<void> {
    if (to === '') {
      this.#to.focus();
      return;
    }
    withdraw('microphone-denied');
    this.#typedAt = Number.NEGATIVE_INFINITY;
    const button = byId('dial-go', HTMLButtonElement);
    button.disabled = true;
    try {
      await this.#client.call(to);
    } catch (error) {
      complain(error);
    } finally {
      button.disabled = false;
    }
  }

  #add(call: Call): void {
    const card = new CallCard(call);
    this.#cards.push(card);
    byId('calls', HTMLElement).append(card.element);
    this.#look();
    call.on('state', () => this.#look());
    call.on('ended', (ending) => {
      this.#cards = this.#cards.filter((other) => other !== card);
      remember(call, ending, (to) => void this.#dial(to));
      if (this.#cards.length === 0) this.#to.focus({ preventScroll: true });
    });
    // Somebody who is typing is not interrupted: the next letter would answer or decline.
    if (call.direction === 'outgoing' || performance.now() - this.#typedAt > TYPING_MS)
      card.focus();
  }

  #look(): void {
    const calling = this.#cards.find((card) => card.call.state === 'incoming');
    document.title = calling ? `☎ ${other(calling.call)} is calling` : TITLE;
  }

  /** The call that a key means: the one that rings, or else the newest. */
  #meant(): CallCard | undefined {
    return this.#cards.find((card) => card.call.state === 'incoming') ?? this.#cards.at(-1);
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const card = this.#meant();
    if (!card) return;
    if (event.key === 'Escape') card.call.hangup();
    else if (typing) return;
    else if (KEYS.test(event.key)) card.press(event.key);
    else this.#letter(event.key.toLowerCase(), card);
  }

  #letter(letter: string, card: CallCard): void {
    if (letter === 'm') card.toggleMute();
    else if (letter === 'h') card.toggleHold();
    else if (letter === 'a' && card.call.state === 'incoming') card.answer();
  }
}
