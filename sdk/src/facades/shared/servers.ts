/** The servers that a vendor's page names: their addresses, and the first that can be reached. */
import type { Client } from '../../client/client.js';
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';

/** Connects a page; the SDK's own `connect`, unless a test has another. */
export type Connect = (options: ConnectOptions) => Promise<Client>;

/** The next of several servers is tried after this long. */
const NEXT_MS = 5_000;

/** A host on this machine needs no certificate. */
const LOCAL = /^(localhost|127\.[\d.]+|\[::1\]|[^:/]+\.localhost)(:\d+)?(\/|$)/;

/** The address of a server, from a host name or an address. */
export function serverAddress(host: string): string {
  if (/^[a-z]+:\/\//i.test(host)) return host;
  return `${LOCAL.test(host) ? 'http' : 'https'}://${host}`;
}

/**
 * Connects to the first of these servers that can be reached.
 *
 * @param servers - Addresses in the order of the attempts; nothing is the page's own.
 * @throws The error of the last attempt.
 */
export async function connectToFirst(
  connect: Connect,
  servers: readonly (string | undefined)[],
  options: ConnectOptions,
): Promise<Client> {
  let failure: unknown = new OffhookError('cannot-connect');
  for (const url of servers) {
    const where = { ...(url && { url }), ...(servers.length > 1 && { timeoutMs: NEXT_MS }) };
    try {
      return await connect({ ...options, ...where });
    } catch (error) {
      failure = error;
      if ((error as Partial<OffhookError>).code !== 'cannot-connect') break;
    }
  }
  throw failure;
}
