/** Where the server is: what the page says, else where its script came from, else where the page came from. */
import { scriptServer } from '../../link/script.js';

/** Names that mean the vendor's own places; here there is one place, so they mean nothing. */
const EDGES = [
  'sydney',
  'sao-paulo',
  'dublin',
  'frankfurt',
  'tokyo',
  'singapore',
  'ashburn',
  'umatilla',
  'roaming',
  'ashburn-ix',
  'san-jose-ix',
  'london-ix',
  'frankfurt-ix',
  'singapore-ix',
  'sydney-ix',
  'tokyo-ix',
] as const;

/** One of the vendor's places. @public */
export type Edge = (typeof EDGES)[number];

/** What the first generation called them. */
const REGION = /^(?:[a-z]{2}\d(?:-ix|-tnx)?|gll)$/;

const isEdge = (name: string): boolean =>
  (EDGES as readonly string[]).includes(name) || REGION.test(name);

/** What a device that is connected calls its edge: the one that the page asked for, if it is one of the vendor's. */
export function edgeOf({ edge = [] }: PlaceOptions): string {
  return [edge].flat().find(isEdge) ?? 'roaming';
}

/** A host on this machine needs no certificate. */
const LOCAL = /^(localhost|127\.[\d.]+|\[::1\]|[^:/]+\.localhost)(:\d+)?(\/|$)/;

/** What a page may say about the place. */
export interface PlaceOptions {
  readonly server?: string | undefined;
  readonly edge?: string | readonly string[] | undefined;
}

/** An address from a host name, or from an address. */
function address(host: string): string {
  if (/^[a-z]+:\/\//i.test(host)) return host;
  return `${LOCAL.test(host) ? 'http' : 'https'}://${host}`;
}

/** The servers to try, in this order; nothing is the page's own. */
export function places({ server, edge }: PlaceOptions): readonly (string | undefined)[] {
  if (server) return [address(server)];
  const edges = typeof edge === 'string' ? [edge] : (edge ?? []);
  const hosts = edges.filter((name) => name !== '' && !isEdge(name));
  return hosts.length > 0 ? hosts.map(address) : [scriptServer('twilio(?:-client)?')];
}
