/** Where the link of a server is, from whatever address its user knows. */
import { OffhookError } from '../core/errors.js';

/** The subprotocol of docs/reference/link.md. */
export const SUBPROTOCOL = 'offhook.link.1';

/**
 * The WebSocket address of a server's link.
 *
 * @param url - The server's address: `https://calls.example`, `wss://…/link`, or a path on `base`.
 * @param base - The page's own address, if it has one.
 * @throws {@link OffhookError} `bad-argument` when it is no such address.
 */
export function linkAddress(url: string | undefined, base: string | undefined): string {
  let address: URL;
  try {
    address = base ? new URL(url ?? '/', base) : new URL(url ?? '');
  } catch (cause) {
    throw new OffhookError('bad-argument', {
      message: 'url must be the address of an offhook server, such as https://calls.example.',
      cause,
    });
  }
  const secure = address.protocol === 'https:' || address.protocol === 'wss:';
  if (!secure && address.protocol !== 'http:' && address.protocol !== 'ws:') {
    throw new OffhookError('bad-argument', {
      message: `url must begin with https:, wss:, http: or ws:, not ${address.protocol}`,
    });
  }
  const path = address.pathname.replace(/\/+$/, '');
  return `${secure ? 'wss' : 'ws'}://${address.host}${path.endsWith('/link') ? path : `${path}/link`}`;
}

/** The script that is being run while this is loaded; nothing in a module. */
const own: string | undefined = /* @__PURE__ */ (() =>
  (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src)();

/**
 * The server that has handed out a script, from its address: `/sdk/NAME.js`, with or without a version, a query or a
 * fragment, and below whatever path the server is.
 *
 * @param name - A pattern of the script's name.
 */
export function scriptServer(name: string): string | undefined {
  const address = new RegExp(`^([^?#]+)/sdk/(?:[^/?#]+/)?${name}\\.js(?:[?#]|$)`);
  const known = [...(globalThis.document?.scripts ?? [])].map(({ src }) => src);
  for (const src of [own ?? '', ...known]) {
    const server = address.exec(src)?.[1];
    if (server) return server;
  }
  return undefined;
}
