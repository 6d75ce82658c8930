/** One call on the page, from its first ring until a moment after its end. */
import { copyOf, within } from './elements.js';
import { fillKeypad, flash } from './keypad.js';
import { announce, complain, mention, withdraw } from './notices.js';
import type { Call } from './sdk.js';
import { clock, doing, other } from './words.js';

/** How long an ended call stays, so that its cause can be read. */
const FAREWELL_MS = 4_000;
const TALKING: readonly string[] = ['dialing', 'ringing', 'answering', 'up'];

/** Shows a call and carries out what the person wants of it. */
export class CallCard {
  readonly call: Call;
  readonly element: HTMLElement = copyOf('call-template');
  #pressed = '';

  constructor(call: Call) {
    this.call = call;
    this.#wire();
    this.#show();
    this.#say();
    const timer = setInterval(() => this.#tick(), 500);
    call.on('ended', () => {
      clearInterval(timer);
      setTimeout(() => this.element.remove(), FAREWELL_MS);
    });
  }

  /** Whether the call still goes on. */
  get live(): boolean {
    return this.call.state !== 'ended';
  }

  /** Takes an incoming call. */
  answer(): void {
    withdraw('microphone-denied');
    this.call.accept().catch((error) => complain(error));
  }

  /** Shuts or opens the microphone. */
  toggleMute(): void {
    if (this.call.state === 'up') this.call.mute(!this.call.muted);
  }

  /** Holds the call or takes it up again. */
  toggleHold(): void {
    if (this.call.state !== 'up') return;
    const done = this.call.held ? this.call.resume() : this.call.hold();
    this.#show();
    done.catch((error) => complain(error)).finally(() => this.#show());
  }

  /** Presses a key in the call. */
  press(key: string): void {
    if (this.call.state !== 'up' && this.call.state !== 'ringing') return;
    this.call.sendDigits(key).then(
      () => undefined,
      (error) => complain(error),
    );
    this.#pressed = (this.#pressed + key).slice(-24);
    flash(this.#part('.pressing'), key);
    this.#part('.pressed').textContent = this.#pressed;
    this.#part('.pressed').hidden = false;
  }

  /** Puts the focus where the person most likely wants it. */
  focus(): void {
    const wanted = this.call.state === 'incoming' ? '.answer' : '.hangup';
    within(this.element, wanted, HTMLButtonElement).focus();
  }

  #part(selector: string): HTMLElement {
    return within(this.element, selector, HTMLElement);
  }

  #wire(): void {
    const { call } = this;
    const on = (selector: string, run: () => void): void =>
      this.#part(selector).addEventListener('click', run);
    on('.answer', () => this.answer());
    on('.ignore', () => call.ignore());
    on('.decline', () => call.reject());
    on('.hangup', () => call.hangup());
    on('.mute', () => this.toggleMute());
    on('.hold', () => this.toggleHold());
    on('.pad', () => this.#toggleKeys());
    fillKeypad(this.#part('.pressing'), (key) => this.press(key));
    for (const event of ['state', 'audio', 'muted', 'held'] as const)
      call.on(event, () => this.#show());
    call.on('notice', () => this.#show());
    call.on('state', () => this.#say());
    call.on('digit', ({ digit }) => mention(`They pressed ${digit}`));
    call.on('error', (error) => complain(error, 'warn'));
    call.on('levels', ({ input, output }) => {
      this.#part('.input').style.setProperty('--level', input.toFixed(3));
      this.#part('.output').style.setProperty('--level', output.toFixed(3));
    });
  }

  #toggleKeys(): void {
    const keys = this.#part('.pressing');
    keys.hidden = !keys.hidden;
    this.#part('.pad').setAttribute('aria-expanded', String(!keys.hidden));
  }

  #say(): void {
    const who = other(this.call);
    const words = `${who}: ${doing(this.call)}`;
    if (this.call.state === 'incoming') announce(words);
    else mention(words);
  }

  #tick(): void {
    this.#part('.clock').textContent = this.call.duration > 0 ? clock(this.call.duration) : '';
  }

  #show(): void {
    const { call } = this;
    const ringing = call.state === 'incoming' || call.state === 'ignored';
    const talking = TALKING.includes(call.state);
    const active = document.activeElement;
    this.element.dataset['state'] = call.state;
    this.#part('.name').textContent = other(call);
    this.#part('.other').textContent = 'Them';
    this.#part('.avatar').textContent = other(call).slice(0, 1);
    this.#part('.what').textContent = doing(call);
    this.#part('.ringing').hidden = !ringing;
    this.#part('.ignore').hidden = call.state === 'ignored';
    this.#part('.talking').hidden = !talking;
    this.#part('.meters').hidden = call.state !== 'up';
    if (!talking) this.#part('.pressing').hidden = true;
    this.#toggle('.mute', call.muted, call.muted ? 'Unmute' : 'Mute', call.state !== 'up');
    this.#toggle('.hold', call.held, call.held ? 'Resume' : 'Hold', call.state !== 'up');
    within(this.element, '.pad', HTMLButtonElement).disabled = call.state !== 'up';
    this.#tick();
    // Whoever pressed a button that is gone now keeps a place on the page.
    const gone = active?.closest('[hidden], :disabled');
    if (gone && this.element.contains(gone) && this.live) this.focus();
  }

  #toggle(selector: string, pressed: boolean, label: string, disabled: boolean): void {
    const button = within(this.element, selector, HTMLButtonElement);
    button.setAttribute('aria-pressed', String(pressed));
    button.textContent = label;
    button.disabled = disabled;
  }
}
