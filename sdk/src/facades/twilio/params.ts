/** What a call carries along, as the vendor's pages see it. */
import { accountSid, callSid } from './sids.js';

/** What is known of a call when it comes. */
export interface Facts {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly account: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const API_VERSION = '2010-04-01';

/** `call.parameters` of an incoming call; ids are spelled as the server spells them in webhooks. */
export function parametersOf(facts: Facts): Record<string, string> {
  const { id, account, from, to, parameters } = facts;
  const told: Record<string, string> = {
    CallSid: callSid(id),
    AccountSid: accountSid(account),
    From: from,
    To: to,
    ApiVersion: API_VERSION,
    Direction: 'inbound',
  };
  const params = encode(parameters);
  return params ? { ...told, Params: params } : told;
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

/** Whom a page calls: the application gets that as `To`; the rest are parameters. */
export function dialled(custom: ReadonlyMap<string, string>): {
  to: string;
  parameters: Record<string, string>;
} {
  const { To: to = '', ...parameters } = Object.fromEntries(custom);
  return { to, parameters };
}

/** What a connect token says. */
export interface Forwarded {
  readonly customParameters: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Lets another device of the same identity take a call that rings here. */
export function connectToken(forwarded: Forwarded): string {
  const { parameters } = forwarded;
  const said = { ...forwarded, signalingReconnectToken: parameters['CallSid'] ?? '' };
  return btoa(encodeURIComponent(JSON.stringify(said)));
}

/** Reads such a token; nothing when it is none. */
export function readConnectToken(token: string): Forwarded | undefined {
  try {
    const said = JSON.parse(decodeURIComponent(atob(token))) as Partial<Forwarded> | null;
    const { customParameters = {}, parameters } = said ?? {};
    return typeof parameters?.['CallSid'] === 'string'
      ? { customParameters, parameters }
      : undefined;
  } catch {
    return undefined;
  }
}
