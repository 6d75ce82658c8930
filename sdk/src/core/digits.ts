/** Telephone keys: which there are, how long pauses between them last, and their tones (ITU-T Q.23). */

/** Keys and pauses that can be sent at once. */
export const DIGITS: RegExp = /^[0-9*#A-DwW]{1,64}$/;

const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';
const PAUSES: Readonly<Record<string, number>> = { w: 500, W: 1000 };

/** Milliseconds that `w` and `W` wait; nothing for keys. */
export function pauseMs(key: string): number | undefined {
  return PAUSES[key];
}

/** Both frequencies of a key, in Hz, the row's first; nothing for what is no key. */
export function keyTones(key: string): readonly [number, number] | undefined {
  const index = key.length === 1 ? KEYPAD.indexOf(key) : -1;
  const row = ROWS[Math.floor(index / 4)];
  const column = COLUMNS[index % 4];
  return index < 0 || row === undefined || column === undefined ? undefined : [row, column];
}
