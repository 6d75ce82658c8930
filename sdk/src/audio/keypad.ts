/** The tones of a keypad (ITU-T Q.23). */

const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';

/** Both frequencies of a key, in Hz, the row's first; nothing for what is no key. */
export function keyTones(key: string): readonly [number, number] | undefined {
  const place = key.length === 1 ? KEYPAD.indexOf(key) : -1;
  const row = ROWS[Math.floor(place / 4)];
  const column = COLUMNS[place % 4];
  return place < 0 || row === undefined || column === undefined ? undefined : [row, column];
}
