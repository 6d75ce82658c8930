/** Where the page got a script of ours from: that is the server, when the page names none. */

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
