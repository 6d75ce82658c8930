/** The phone of somebody who has signed in: dialling, the calls there are, the keyboard. */
import { CallCard } from './call-card.js';
import type { CardWorld } from './card-world.js';
import { DevicesPanel } from './devices-panel.js';
import { hasTalked } from './dial-results.js';
import { Dialer } from './dialer.js';
import { byId } from './elements.js';
import { listenToKeys } from './keyboard.js';
import { Lines } from './lines.js';
import { NetworkCheck } from './network-check.js';
import { complain, withdraw } from './notices.js';
import { other } from './peers.js';
import { askAbout, stopAsking } from './rating.js';
import { remember } from './recent.js';
import type { Call, Client } from './sdk.js';
import { isMissed } from './words.js';

const TITLE = 'offhook';
/** Who has pressed a letter this short while ago is still typing. */
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

  /** Lets go of the page. */
  close(): void {
    this.#end.abort();
    this.#devices.close();
    this.#check.close();
    stopAsking();
    document.title = TITLE;
  }

  /** Calls somebody; whoever is on the line waits. Gives whether the call has begun. */
  async #dial(to: string): Promise<boolean> {
    withdraw('microphone-denied');
    this.#dialer.busy(true);
    try {
      if (!(await this.#lines.makeRoom())) return false;
      await this.#client.call(to);
      return true;
    } catch (error) {
      complain(error);
      return false;
    } finally {
      this.#dialer.busy(false);
    }
  }

  #add(call: Call): void {
    if (this.#cards.has(call)) return;
    const world: CardWorld = {
      lines: this.#lines,
      noise: this.#client.noise,
      dial: (to) => this.#dial(to),
      changed: () => this.#show(),
    };
    stopAsking();
    this.#lines.add(call);
    call.on('ended', (ending) => {
      this.#cards.delete(call);
      remember(call, ending, (to) => void this.#dial(to));
      if (isMissed(call, ending) && !document.hasFocus()) this.#missed += 1;
      this.#left(call);
    });
    const card = new CallCard(call, world);
    this.#cards.set(call, card);
    byId('calls', HTMLElement).prepend(card.element);
    this.#devices.watch(call);
    this.#show();
    // Somebody who is typing is not interrupted: the next letter would answer or decline.
    if (call.direction === 'outgoing' || this.#dialer.quietMs > TYPING_MS) card.focus();
  }

  /** A call is over: back to the one that waits, or to the field. */
  #left(call: Call): void {
    const { front } = this.#lines;
    if (front) this.#cards.get(front)?.focus();
    else if (this.#lines.size === 0) {
      if (hasTalked(call) && this.#client.state === 'connected') askAbout(call);
      this.#dialer.focus();
    }
  }

  #show(): void {
    for (const card of this.#cards.values()) card.show();
    const { calling } = this.#lines;
    const missed = this.#missed > 0 ? `(${this.#missed} missed) ` : '';
    document.title = calling ? `☎ ${other(calling)} is calling` : missed + TITLE;
    this.#dialer.show(this.#lines.busyBut());
  }
}
