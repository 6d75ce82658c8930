/** One call on the page, from its first ring until a moment after its end. */
import { AsideDeeds } from './aside-deeds.js';
import type { CardWorld } from './card-world.js';
import { dialFailure, followDials } from './dial-results.js';
import { copyOf, within } from './elements.js';
import { announce, complain, mention } from './notices.js';
import { followTransfers, other } from './peers.js';
import { QualityStrip } from './quality-strip.js';
import { RingingDeeds } from './ringing-deeds.js';
import type { Call } from './sdk.js';
import { TalkingDeeds } from './talking-deeds.js';
import { clock, doing } from './words.js';

/** How long an ended call stays, so that its cause can be read. */
const FAREWELL_MS = 4_000;
/** How long somebody is told that nobody hears him, after he has stopped speaking. */
const HUSH_MS = 6_000;

/** Shows a call and carries out what the person wants of it. */
export class CallCard {
  readonly call: Call;
  readonly element: HTMLElement = copyOf('call-template');
  readonly ringing: RingingDeeds;
  readonly talking: TalkingDeeds;
  readonly #aside: AsideDeeds;
  readonly #quality: QualityStrip;
  #hushed: ReturnType<typeof setTimeout> | undefined;

  constructor(call: Call, world: CardWorld) {
    this.call = call;
    this.ringing = new RingingDeeds(call, this.element, world);
    this.talking = new TalkingDeeds(call, this.element, world);
    this.#aside = new AsideDeeds(call, this.element, world);
    this.#quality = new QualityStrip(call, within(this.element, '.quality', HTMLElement));
    followTransfers(call);
    followDials(call);
    this.#listen(world);
    this.#say();
    const timer = setInterval(() => this.#tick(), 500);
    call.on('ended', () => {
      clearInterval(timer);
      setTimeout(() => this.element.remove(), FAREWELL_MS);
    });
  }

  /** Puts the focus where the person most likely wants it. */
  focus(): void {
    const buttons = ['.answer', '.swap'].map((name) =>
      within(this.element, name, HTMLButtonElement),
    );
    const wanted = buttons.find((button) => button.offsetParent !== null && !button.disabled);
    // Never a button that ends the call: a second Enter would press it.
    (wanted ?? this.#part('.name')).focus({ preventScroll: true });
  }

  /** Puts the focus on the button that ends or declines the call. */
  focusEnd(): void {
    const buttons = ['.decline', '.hangup', '.drop'].map((name) =>
      within(this.element, name, HTMLButtonElement),
    );
    buttons.find((button) => button.offsetParent !== null)?.focus({ preventScroll: true });
  }

  /** Shows what the call is now, and where it stands among the others. */
  show(): void {
    const { call } = this;
    const active = document.activeElement;
    this.element.dataset['state'] = call.state;
    this.element.dataset['id'] = call.id;
    this.#part('.name').textContent = other(call);
    this.#part('.avatar').textContent = other(call).slice(0, 1);
    this.#part('.what').textContent = doing(call);
    this.element.dataset['failed'] = String(dialFailure(call) !== undefined);
    this.ringing.show();
    const aside = this.#aside.show();
    this.element.dataset['place'] = aside ? 'aside' : 'front';
    this.talking.show(aside);
    this.#quality.show(aside);
    this.#part('.meters').hidden = call.state !== 'up' || aside || call.held;
    if (!call.muted) this.#part('.hush').hidden = true;
    this.#tick();
    // Whoever pressed a button that is gone now keeps a place on the page.
    const gone = active?.closest('[hidden], :disabled');
    if (gone && this.element.contains(gone) && call.state !== 'ended') this.focus();
  }

  #part(selector: string): HTMLElement {
    return within(this.element, selector, HTMLElement);
  }

  #listen({ changed }: CardWorld): void {
    const { call } = this;
    for (const event of ['state', 'audio', 'muted', 'held', 'notice', 'ended'] as const)
      call.on(event, changed);
    call.on('state', () => this.#say());
    call.on('held', (held) => mention(`${other(call)}: ${held ? 'on hold' : 'taken up again'}`));
    call.on('digit', ({ digit }) => mention(`They pressed ${digit}`));
    call.on('error', (error) => complain(error, 'warn'));
    call.on('speaking-while-muted', () => this.#hush());
    call.on('levels', ({ input, output }) => {
      this.#part('.input').style.setProperty('--level', input.toFixed(3));
      this.#part('.output').style.setProperty('--level', output.toFixed(3));
    });
    this.#part('.unmute').addEventListener('click', () => call.mute(false));
  }

  /** The person speaks, and nobody can hear it. */
  #hush(): void {
    const hint = this.#part('.hush');
    if (hint.hidden) announce('You speak, but you are muted.');
    hint.hidden = false;
    clearTimeout(this.#hushed);
    this.#hushed = setTimeout(() => {
      // Whoever is about to press its button is not robbed of it.
      if (!hint.contains(document.activeElement)) hint.hidden = true;
    }, HUSH_MS);
  }

  #say(): void {
    const words = `${other(this.call)}: ${doing(this.call)}`;
    if (this.call.state === 'incoming') announce(words);
    else mention(words);
  }

  #tick(): void {
    this.#part('.clock').textContent = this.call.duration > 0 ? clock(this.call.duration) : '';
  }
}
