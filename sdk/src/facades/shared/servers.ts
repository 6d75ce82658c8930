/** The address of a server, from what a vendor's pages give: a host name or an address. */

/** A host on this machine needs no certificate. */
const LOCAL = /^(localhost|127\.[\d.]+|\[::1\]|[^:/]+\.localhost)(:\d+)?(\/|$)/;

export function serverAddress(host: string): string {
  if (/^[a-z]+:\/\//i.test(host)) return host;
  return `${LOCAL.test(host) ? 'http' : 'https'}://${host}`;
}
