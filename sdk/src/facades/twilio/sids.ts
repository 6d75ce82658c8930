/** Ids as the vendor spells them: two letters for the kind, then 32 hexadecimal digits. */

function hex(bytes: number): string {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes));
  return [...numbers].map((number) => number.toString(16).padStart(2, '0')).join('');
}

/** The id of an outgoing call before the server has given it one. */
export function temporarySid(): string {
  const [a, b, c, d, e] = [hex(4), hex(2), hex(2), hex(2), hex(6)];
  return `TJS${a}-${b}-4${c.slice(1)}-a${d.slice(1)}-${e}`;
}

/** The id of a message. */
export function messageSid(): string {
  return `KX${hex(16)}`;
}

/** The server writes a call's id into webhooks like this. */
export function callSid(id: string): string {
  return `CA${id}`;
}

/** The server writes an account's id into webhooks like this. */
export function accountSid(account: string): string {
  const id = account.replace(/^MA/, '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(id)) return `AC${id}`;
  if (!/^[0-9a-z]{1,24}$/.test(id)) return `AC${account.replace(/^MA/, '')}`;
  // Up to 24 letters and digits fit into 128 bits as a number of base 36.
  let number = 0n;
  for (const digit of id) number = number * 36n + BigInt(Number.parseInt(digit, 36));
  return `AC${number.toString(16).padStart(32, '0')}`;
}
