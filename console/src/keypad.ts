/** The twelve keys of a telephone. */
import { within } from './elements.js';
import { showError } from './notices.js';
import type { Call } from './sdk.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
];
const SPOKEN: Readonly<Record<string, string>> = { '*': 'star', '#': 'pound' };
const DOWN_MS = 120;
/** So many of the keys that were pressed stay in sight. */
const MOST = 24;

/** Fills a keypad. @param press - Called with the key. */
export function fillKeypad(pad: HTMLElement, press: (key: string) => void): void {
  for (const [key, letters] of KEYS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset['key'] = key;
    const spoken = SPOKEN[key];
    // Where letters are seen they belong to the name (WCAG 2.5.3).
    if (spoken !== undefined) button.setAttribute('aria-label', spoken);
    button.append(key, letters && ' ');
    const small = document.createElement('small');
    small.textContent = letters || '\u00a0';
    button.append(small);
    button.addEventListener('click', () => press(key));
    pad.append(button);
  }
}

/** Shows a key as pressed for a moment, when it was pressed on the keyboard. */
export function flash(pad: HTMLElement, key: string): void {
  const button = [...pad.children].find((child) => (child as HTMLElement).dataset['key'] === key);
  button?.classList.add('down');
  setTimeout(() => button?.classList.remove('down'), DOWN_MS);
}

/** Keys for a call, and those that were pressed in it. */
export class KeysPanel {
  readonly #call: Call;
  readonly #element: HTMLElement;
  readonly #keys: HTMLElement;
  #pressed = '';

  constructor(call: Call, element: HTMLElement) {
    this.#call = call;
    this.#element = element;
    this.#keys = within(element, '.keys', HTMLElement);
    fillKeypad(this.#keys, (key) => this.press(key));
  }

  /** Presses a key in the call. */
  press(key: string): void {
    if (this.#call.state !== 'up' && this.#call.state !== 'ringing') return;
    this.#call.sendDigits(key).catch((error) => showError(error));
    this.#pressed = (this.#pressed + key).slice(-MOST);
    flash(this.#keys, key);
    const shown = within(this.#element, '.pressed', HTMLElement);
    shown.textContent = this.#pressed;
    shown.hidden = false;
  }
}
