/** The phone of a signed-in user: dialling, present calls, shortcuts. */
import { CallCard } from './call-card.js';
import type { CardContext } from './card-context.js';
import { DevicesPanel } from './devices-panel.js';
import { hasTalked } from './dial-results.js';
import { Dialer } from './dialer.js';
import { byId } from './elements.js';
import { listenToKeys } from './keyboard.js';
import { isMissed } from './labels.js';
import { Lines } from './lines.js';
import { NetworkCheck } from './network-check.js';
import { showError, withdraw } from './notices.js';
import { other } from './peers.js';
import { hideRating, showRating } from './rating.js';
import { remember } from './recent.js';
import type { Call, Client } from './sdk.js';

const TITLE = 'offhook';
/** After a letter the user counts as typing for this long. */
const TYPING_MS = 3_000;

/** Joins a client to the page. */
export class Phone {
  readonly #client: Client;
  readonly #end: AbortController = new AbortController();
  readonly #dialer: Dialer;
  readonly #devices: DevicesPanel;
  readonly #check: NetworkCheck;
  readonly #lines: Lines = new Lines(() => this.#show());
  readonly #cards: Map<Call, CallCard> = new Map();
  /** Missed calls while the page was out of sight. */
  #missed = 0;

  constructor(client: Client) {
    this.#client = client;
    const { signal } = this.#end;
    this.#dialer = new Dialer((to) => void this.#dial(to), signal);
    this.#devices = new DevicesPanel(client);
    this.#check = new NetworkCheck(client);
    listenToKeys({ lines: this.#lines, card: (call) => this.#cards.get(call) }, signal);
    const seen = (): void => {
      this.#missed = 0;
      this.#show();
    };
    window.addEventListener('focus', seen, { signal });
    // Calls of the page before this one are there already.
    for (const call of client.calls) this.#add(call);
    client.on('call', (call) => this.#add(call));
  }

  /** Puts a number or name into the field. */
  prefill(to: string): void {
    this.#dialer.prefill(to);
  }

  /** Removes all listeners. */
  close(): void {
    this.#end.abort();
    this.#devices.close();
    this.#check.close();
    hideRating();
    document.title = TITLE;
  }

  /** Makes a call; other calls are held. Gives whether it has begun. */
  async #dial(to: string): Promise<boolean> {
    withdraw('microphone-denied');
    this.#dialer.busy(true);
    try {
      if (!(await this.#lines.holdOthers())) return false;
      await this.#client.call(to);
      return true;
    } catch (error) {
      showError(error);
      return false;
    } finally {
      this.#dialer.busy(false);
    }
  }

  #add(call: Call): void {
    if (this.#cards.has(call)) return;
    const context: CardContext = {
      lines: this.#lines,
      noise: this.#client.noise,
      dial: (to) => this.#dial(to),
      changed: () => this.#show(),
    };
    hideRating();
    this.#lines.add(call);
    call.on('ended', (ending) => {
      this.#cards.delete(call);
      remember(call, ending, (to) => void this.#dial(to));
      if (isMissed(call, ending) && !document.hasFocus()) this.#missed += 1;
      this.#ended(call);
    });
    const card = new CallCard(call, context);
    this.#cards.set(call, card);
    byId('calls', HTMLElement).prepend(card.element);
    this.#devices.watch(call);
    this.#show();
    // Typing is not interrupted: the next letter would answer or decline.
    if (call.direction === 'outgoing' || this.#dialer.quietMs > TYPING_MS) card.focus();
  }

  /** A call has ended: back to the one that waits, or to the field. */
  #ended(call: Call): void {
    const { front } = this.#lines;
    if (front) this.#cards.get(front)?.focus();
    else if (this.#lines.size === 0) {
      if (hasTalked(call) && this.#client.state === 'connected') showRating(call);
      this.#dialer.focus();
    }
  }

  #show(): void {
    for (const card of this.#cards.values()) card.show();
    const { calling } = this.#lines;
    const missed = this.#missed > 0 ? `(${this.#missed} missed) ` : '';
    document.title = calling ? `☎ ${other(calling)} is calling` : missed + TITLE;
    this.#dialer.show(this.#lines.hasOtherActive());
  }
}
