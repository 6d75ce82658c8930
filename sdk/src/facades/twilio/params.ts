/** What a call carries along, as the vendor's pages see it. */

/** What is known of an incoming call. */
export interface IncomingCall {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly account: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const API_VERSION = '2010-04-01';

/** `call.parameters` of an incoming call; ids are spelled as the server spells them in webhooks. */
export function parametersOf(facts: IncomingCall): Record<string, string> {
  const { id, account, from, to, parameters } = facts;
  const known: Record<string, string> = {
    CallSid: callSid(id),
    AccountSid: accountSid(account),
    From: from,
    To: to,
    ApiVersion: API_VERSION,
    Direction: 'inbound',
  };
  const params = encode(parameters);
  return params ? { ...known, Params: params } : known;
}

/** Names as they are, values escaped: so the vendor's readers take it apart again. */
function encode(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** What a page gives along, all of it texts. */
export function customParameters(params: Readonly<Record<string, unknown>>): Map<string, string> {
  return new Map(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

/** The target of a call, which the application gets as `To`; the rest are parameters. */
export function dialTarget(custom: ReadonlyMap<string, string>): {
  to: string;
  parameters: Record<string, string>;
} {
  const { To: to = '', ...parameters } = Object.fromEntries(custom);
  return { to, parameters };
}

/** The claims of a connect token. */
export interface ConnectTokenClaims {
  readonly customParameters: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Lets another device of the same identity take a call that rings here. */
export function connectToken(forwarded: ConnectTokenClaims): string {
  const { parameters } = forwarded;
  const claims = { ...forwarded, signalingReconnectToken: parameters['CallSid'] ?? '' };
  return btoa(encodeURIComponent(JSON.stringify(claims)));
}

/** Reads such a token; nothing when it is none. */
export function readConnectToken(token: string): ConnectTokenClaims | undefined {
  try {
    const claims = JSON.parse(
      decodeURIComponent(atob(token)),
    ) as Partial<ConnectTokenClaims> | null;
    const { customParameters = {}, parameters } = claims ?? {};
    return typeof parameters?.['CallSid'] === 'string'
      ? { customParameters, parameters }
      : undefined;
  } catch {
    return undefined;
  }
}

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
