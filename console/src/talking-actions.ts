/** The actions of a call in front: mute, hold, press keys, transfer, write, hang up. */
import type { CardContext } from './card-context.js';
import { within } from './elements.js';
import { KeysPanel } from './keypad.js';
import { MessagesPanel } from './messages-panel.js';
import { showError } from './notices.js';
import { savePreference } from './preferences.js';
import type { Call } from './sdk.js';
import { TransferPanel } from './transfer-panel.js';

const PANELS = [
  ['.pad', '.pressing'],
  ['.transfer', '.transferring'],
  ['.write', '.messaging'],
] as const;
type Opener = (typeof PANELS)[number][0];

/** The buttons of a call in front, and the panels that they open. */
export class TalkingActions {
  readonly keys: KeysPanel;
  readonly #call: Call;
  readonly #card: HTMLElement;
  readonly #context: CardContext;
  readonly #messages: MessagesPanel;
  #filtering = false;

  constructor(call: Call, card: HTMLElement, context: CardContext) {
    this.#call = call;
    this.#card = card;
    this.#context = context;
    const part = (selector: string): HTMLElement => within(card, selector, HTMLElement);
    this.keys = new KeysPanel(call, part('.pressing'));
    const transfer = new TransferPanel(call, part('.transferring'), context);
    this.#messages = new MessagesPanel(call, part('.messaging'), this.#button('.write'));
    this.#button('.hangup').addEventListener('click', () => call.hangup());
    this.#button('.mute').addEventListener('click', () => this.toggleMute());
    this.#button('.hold').addEventListener('click', () => this.toggleHold());
    this.#button('.noise').addEventListener('click', () => void this.#filter());
    for (const [opener] of PANELS)
      this.#button(opener).addEventListener('click', () => this.toggle(opener));
    transfer.element.addEventListener('submit', () => this.#open(undefined));
    for (const [opener, panel] of PANELS)
      part(panel).addEventListener('keydown', (event) => this.#leave(event, opener));
    const stop = context.noise.on('active', () => context.changed());
    call.on('ended', stop);
  }

  /** Mutes or unmutes the microphone. */
  toggleMute(): void {
    if (this.#call.state === 'up') this.#call.mute(!this.#call.muted);
  }

  /** Holds the call or resumes it. */
  toggleHold(): void {
    if (this.#call.state !== 'up') return;
    const { lines } = this.#context;
    void (this.#call.held ? lines.resume(this.#call) : lines.hold(this.#call));
  }

  /** Opens a panel, or closes it; one is open at a time. */
  toggle(opener: Opener): void {
    if (this.#button(opener).disabled) return;
    this.#open(this.#button(opener).ariaExpanded === 'true' ? undefined : opener);
  }

  /** Shows the actions that are possible now. @param aside - Another call is in front. */
  show(aside: boolean): void {
    const { state, muted, held } = this.#call;
    const talking = ['dialing', 'ringing', 'answering', 'up'].includes(state) && !aside;
    const { noise } = this.#context;
    within(this.#card, '.talking', HTMLElement).hidden = !talking;
    if (!talking) this.#open(undefined);
    this.#toggle('.mute', muted, muted ? 'Unmute' : 'Mute');
    this.#toggle('.hold', held, held ? 'Resume' : 'Hold');
    this.#toggle('.noise', noise.active, 'Denoise');
    this.#button('.noise').hidden = !noise.available;
    if (this.#filtering) this.#button('.noise').disabled = true;
    for (const [opener] of PANELS) this.#button(opener).disabled = state !== 'up';
    this.#messages.show();
  }

  async #filter(): Promise<void> {
    const { noise, changed } = this.#context;
    this.#filtering = true;
    changed();
    try {
      await (noise.active ? noise.stop() : noise.start());
      savePreference({ lessNoise: noise.active });
    } catch (error) {
      showError(error, 'warn');
    } finally {
      this.#filtering = false;
      changed();
    }
  }

  #open(wanted: Opener | undefined): void {
    for (const [opener, selector] of PANELS) {
      const panel = within(this.#card, selector, HTMLElement);
      const open = opener === wanted;
      this.#button(opener).ariaExpanded = String(open);
      const opened = open && panel.hidden;
      panel.hidden = !open;
      if (opened) panel.querySelector('input')?.focus({ preventScroll: true });
    }
    this.#messages.show();
  }

  /** Escape leaves the panel, not the call. */
  #leave(event: KeyboardEvent, opener: Opener): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#open(undefined);
    this.#button(opener).focus();
  }

  #button(selector: string): HTMLButtonElement {
    return within(this.#card, selector, HTMLButtonElement);
  }

  #toggle(selector: string, pressed: boolean, label: string): void {
    const button = this.#button(selector);
    button.ariaPressed = String(pressed);
    button.textContent = label;
    button.disabled = this.#call.state !== 'up';
  }
}
