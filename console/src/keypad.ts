/** The twelve keys of a telephone. */

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

/** Fills a keypad. @param press - Called with the key. */
export function fillKeypad(pad: HTMLElement, press: (key: string) => void): void {
  for (const [key, letters] of KEYS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset['key'] = key;
    button.setAttribute('aria-label', SPOKEN[key] ?? key);
    button.append(key);
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
