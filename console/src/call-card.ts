/** One call on the page, from its first ring until a moment after its end. */
import { AsideActions } from './aside-actions.js';
import type { CardContext } from './card-context.js';
import { dialFailure, followDials } from './dial-results.js';
import { copyOf, within } from './elements.js';
import { clock, doing } from './labels.js';
import { announceAssertively, announcePolitely, showError } from './notices.js';
import { followTransfers, other } from './peers.js';
import { QualityStrip } from './quality-strip.js';
import { RingingActions } from './ringing-actions.js';
import type { Call } from './sdk.js';
import { TalkingActions } from './talking-actions.js';

/** How long an ended call stays, so that its cause can be read. */
const FAREWELL_MS = 4_000;
/** How long the hint to a muted speaker stays, after the user has stopped speaking. */
const MUTED_HINT_MS = 6_000;

/** Shows a call and its actions. */
export class CallCard {
  readonly call: Call;
  readonly element: HTMLElement = copyOf('call-template');
  readonly ringing: RingingActions;
  readonly talking: TalkingActions;
  readonly #aside: AsideActions;
  readonly #quality: QualityStrip;
  #mutedHintTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(call: Call, context: CardContext) {
    this.call = call;
    this.ringing = new RingingActions(call, this.element, context);
    this.talking = new TalkingActions(call, this.element, context);
    this.#aside = new AsideActions(call, this.element, context);
    this.#quality = new QualityStrip(call, within(this.element, '.quality', HTMLElement));
    followTransfers(call);
    followDials(call);
    this.#listen(context);
    this.#announceState();
    const timer = setInterval(() => this.#tick(), 500);
    call.on('ended', () => {
      clearInterval(timer);
      setTimeout(() => this.element.remove(), FAREWELL_MS);
    });
  }

  /** Puts the focus on the likely next action. */
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
    // When the button that was pressed has gone, the focus stays on the card.
    const gone = active?.closest('[hidden], :disabled');
    if (gone && this.element.contains(gone) && call.state !== 'ended') this.focus();
  }

  #part(selector: string): HTMLElement {
    return within(this.element, selector, HTMLElement);
  }

  #listen({ changed }: CardContext): void {
    const { call } = this;
    for (const event of ['state', 'audio', 'muted', 'held', 'notice', 'ended'] as const)
      call.on(event, changed);
    call.on('state', () => this.#announceState());
    call.on('held', (held) =>
      announcePolitely(`${other(call)}: ${held ? 'on hold' : 'taken up again'}`),
    );
    call.on('digit', ({ digit }) => announcePolitely(`They pressed ${digit}`));
    call.on('error', (error) => showError(error, 'warn'));
    call.on('speaking-while-muted', () => this.#showMutedHint());
    call.on('levels', ({ input, output }) => {
      this.#part('.input').style.setProperty('--level', input.toFixed(3));
      this.#part('.output').style.setProperty('--level', output.toFixed(3));
    });
    this.#part('.unmute').addEventListener('click', () => call.mute(false));
  }

  /** The user speaks while the microphone is muted. */
  #showMutedHint(): void {
    const hint = this.#part('.hush');
    if (hint.hidden) announceAssertively('You speak, but you are muted.');
    hint.hidden = false;
    clearTimeout(this.#mutedHintTimer);
    this.#mutedHintTimer = setTimeout(() => {
      // The hint stays while the focus is on its button.
      if (!hint.contains(document.activeElement)) hint.hidden = true;
    }, MUTED_HINT_MS);
  }

  #announceState(): void {
    const text = `${other(this.call)}: ${doing(this.call)}`;
    if (this.call.state === 'incoming') announceAssertively(text);
    else announcePolitely(text);
  }

  #tick(): void {
    this.#part('.clock').textContent = this.call.duration > 0 ? clock(this.call.duration) : '';
  }
}
