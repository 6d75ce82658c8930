/** What a link says is to be done: the words between the link and the shell that holds its socket. */
import type { Denied, Fault, ServerFrame, Welcome } from './frames.js';

/**
 * idle: not begun. connecting: a socket is being opened. greeting: `hello` is sent. open: it works.
 * waiting: until the next attempt. denied: the server wants other credentials. ended: for good.
 */
export type LinkState =
  | 'idle'
  | 'connecting'
  | 'greeting'
  | 'open'
  | 'waiting'
  | 'denied'
  | 'ended';

/** Why the calls of a link are gone, as a cause: the page was away, no server answered, another process answered. */
export type LossCause = 'endpoint-lost' | 'server-lost' | 'server-restarted';

/** What the shell has to do or to pass on. */
export type LinkOutput =
  | { readonly kind: 'connect' }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'close'; readonly code: number }
  | { readonly kind: 'state'; readonly state: LinkState }
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  | { readonly kind: 'denied'; readonly denied: Denied }
  /** The calls and the registration of the link are gone; a new one begins. */
  | { readonly kind: 'lost'; readonly why: LossCause }
  /** The server has everything up to this number. */
  | { readonly kind: 'received'; readonly seq: number }
  | { readonly kind: 'frame'; readonly frame: ServerFrame }
  | { readonly kind: 'fault'; readonly fault: Fault };
