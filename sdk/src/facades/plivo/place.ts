/** Where the server is: what the page says, else where our script came from, else where the page came from. */
import { scriptServer } from '../../link/script.js';
import type { Settings } from './options.js';

/** A host on this machine needs no certificate. */
const LOCAL = /^(localhost|127\.[\d.]+|\[::1\]|[^:/]+\.localhost)(:\d+)?(\/|$)/;

/** An address from a host name, or from an address. */
function address(host: string): string {
  if (/^[a-z]+:\/\//i.test(host)) return host;
  return `${LOCAL.test(host) ? 'http' : 'https'}://${host}`;
}

/** A socket's address without the path of the vendor's own protocol. */
function server(socket: string): string {
  const { protocol, host, pathname } = new URL(socket);
  return `${protocol}//${host}${pathname.endsWith('/link') ? pathname : ''}`;
}

/** The servers to try, in this order; nothing is the page's own. */
export function places(
  settings: Pick<Settings, 'server' | 'registrationDomainSocket'>,
): readonly (string | undefined)[] {
  if (settings.server) return [address(settings.server)];
  const sockets = settings.registrationDomainSocket ?? [];
  return sockets.length > 0 ? sockets.map(server) : [scriptServer('plivo')];
}
