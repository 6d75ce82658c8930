/** What a call and its device say to each other. */
import type { Ending, OffhookError } from '../../core/errors.js';
import type { TalkTerms } from './terms.js';

/** How one generation of the vendor's SDK tells things. */
export interface Spelling {
  /** An error as its `error` event carries it. */
  error(error: OffhookError): unknown;
  /** What went wrong when a call ended like this; nothing when it just ended. */
  ending(ending: Ending): unknown;
  /** Why a call is reconnecting; nothing when that is not told. */
  reconnecting(what: 'signalling' | 'media'): unknown;
  /** Whether ringing is a state of its own. */
  readonly ringing: boolean;
  /** Whether a call that is ignored tells that it was cancelled. */
  readonly ignoreCancels: boolean;
}

/** What a call needs of its device. */
export interface TalkDesk {
  readonly spelling: Spelling;
  /** Options of the device for all its calls. */
  terms(): TalkTerms;
  /** Tells the page; the call's own object goes along where the vendor passes it. */
  tell(event: string, ...values: unknown[]): void;
  /** Whether the page listens to an event. */
  heard(event: string): boolean;
  /** The call is taken now: the device lets another one go first. */
  taking(): void;
  /** Before the page is told that a call was accepted or is over. */
  moved(): void;
}
