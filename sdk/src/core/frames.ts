/** The link's frames as types; `spec/link/frames.schema.json` is what they come from. */
import type { Ending } from './errors.js';

/** How a page shows who it is. */
export type Credentials =
  | { readonly token: string }
  | { readonly endpoint: string; readonly password: string };

/** Who we are, as the server sees it. */
export interface Party {
  /** The endpoint's name, or the identity in the token. */
  readonly name: string;
  /** The account's id. */
  readonly account: string;
  /** Whether calls may be made. */
  readonly outgoing: boolean;
  /** Whether calls may be received. */
  readonly incoming: boolean;
  /** When the token expires, in seconds since 1970; `null` is never. */
  readonly expires_at: number | null;
  /** Seconds until then by the server's clock, as it sent this; older servers do not say. */
  readonly expires_in_s?: number;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Names and values that travel with a call. @public */
export type StringMap = Readonly<Record<string, string>>;

/** Why a party offers again in a running call (RFC 3264 §8). */
export type Why = 'restart' | 'hold' | 'resume' | 'update' | 'attach';

export interface Hello {
  readonly type: 'hello';
  readonly version: 1;
  readonly sdk: string;
  /** Nothing where the key of a link says who it is. */
  readonly auth?: Credentials | undefined;
  readonly resume?: { readonly link: string; readonly key: string; readonly received: number };
  readonly attach?: LinkKey;
}

/** What gives a link back to its page. */
export interface LinkKey {
  readonly link: string;
  readonly key: string;
}

/** A call that continues after a page reload. */
export interface RunningCall {
  readonly call: string;
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly from: string;
  readonly to: string;
  readonly name?: string;
  readonly parameters?: StringMap;
  readonly headers?: StringMap;
  /** Seconds since it was answered. */
  readonly duration_s: number;
  readonly muted: boolean;
  readonly held: boolean;
  readonly held_by_peer: boolean;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly link: string;
  readonly key: string;
  readonly party: Party;
  readonly heartbeat_s: number;
  readonly resume_s: number;
  readonly ice_servers: readonly IceServer[];
  readonly resumed: boolean;
  readonly received: number;
  readonly attach_s?: number;
  readonly media_recovery_s?: number;
  readonly attached?: boolean;
  readonly calls?: readonly RunningCall[];
  /** The server process: another one after a restart. */
  readonly instance?: string;
}

export interface Denied {
  readonly type: 'denied';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retry_after_s?: number;
}

export interface Beat {
  readonly type: 'ping' | 'pong' | 'ack';
  readonly received: number;
}

export interface Fault {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly ref?: number;
  readonly call?: string;
}

interface InCall {
  readonly call: string;
}

export interface Incoming extends InCall {
  readonly type: 'incoming';
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly name?: string;
  readonly parameters?: StringMap;
  readonly headers?: StringMap;
  readonly sdp: string;
}

export interface Ended extends InCall {
  readonly type: 'ended';
  readonly cause: string;
  readonly by: Ending['by'];
  readonly message?: string;
  readonly sip?: number;
  readonly q850?: number;
}

export interface Offer extends InCall {
  readonly type: 'offer';
  readonly number: number;
  readonly sdp: string;
  readonly reason: Why;
}

export interface Accept extends InCall {
  readonly type: 'accept';
  readonly number: number;
  readonly sdp: string;
}

export interface Refuse extends InCall {
  readonly type: 'refuse';
  readonly number: number;
  readonly reason: string;
}

export interface Message extends InCall {
  readonly type: 'message';
  readonly id: string;
  readonly content_type: string;
  readonly body: string;
}

export interface Digit extends InCall {
  readonly type: 'digit';
  readonly digit: string;
  readonly seconds: number;
}

export interface Notice extends InCall {
  readonly type: 'notice';
  readonly event: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface LegCounts {
  readonly received: number;
  readonly sent: number;
}

export interface StatsFrame extends InCall {
  readonly type: 'stats';
  readonly ref: number;
  readonly local: LegCounts;
  readonly remote: LegCounts | null;
}

/** One second of a call, as the page measured it: a flat object. */
export type FlatSample = Readonly<Record<string, number | string | boolean | null>>;

/** Frames of the server that are about one call. */
export type CallFrame =
  | ({ readonly type: 'trying'; readonly id: string } & InCall)
  | ({ readonly type: 'ringing' | 'answered'; readonly sdp?: string } & InCall)
  | Ended
  | Offer
  | Accept
  | Refuse
  | Digit
  | Message
  | Notice;

/** Frames of the server that carry a `seq` and are the client's business. */
export type ServerFrame =
  | ({ readonly type: 'renewed' } & Pick<Party, 'expires_at' | 'expires_in_s'>)
  | { readonly type: 'goodbye'; readonly reason?: string }
  | { readonly type: 'registered'; readonly devices: number }
  | { readonly type: 'unregistered' }
  | { readonly type: 'done'; readonly ref: number }
  | StatsFrame
  | Incoming
  | CallFrame;

/** Everything that a server may send. */
export type AnyServerFrame =
  | Welcome
  | Denied
  | Beat
  | Fault
  | (ServerFrame & { readonly seq: number });

/** Frames of the page that carry a `seq`; the link puts it in. */
export type PageFrame =
  | { readonly type: 'renew'; readonly token: string }
  | { readonly type: 'goodbye' | 'register' | 'unregister' | 'unload' }
  | ({
      readonly type: 'invite';
      readonly to: string;
      readonly sdp: string;
      readonly parameters?: StringMap;
      readonly headers?: StringMap;
      readonly purpose?: 'call' | 'preflight';
    } & InCall)
  | ({ readonly type: 'transfer'; readonly to?: string; readonly with?: string } & InCall)
  | ({ readonly type: 'get-stats' } & InCall)
  | ({ readonly type: 'samples'; readonly samples: readonly FlatSample[] } & InCall)
  | ({
      readonly type: 'warning';
      readonly name: string;
      readonly raised: boolean;
      readonly value?: number;
    } & InCall)
  | {
      readonly type: 'feedback';
      readonly id: string;
      readonly score: number;
      readonly issues?: readonly string[];
      readonly note?: string;
      readonly log?: readonly string[];
    }
  | ({ readonly type: 'ring' | 'ignore' } & InCall)
  | ({ readonly type: 'answer'; readonly sdp: string } & InCall)
  | ({ readonly type: 'reject'; readonly cause: 'rejected' | 'busy' } & InCall)
  | ({ readonly type: 'hangup'; readonly cause?: string } & InCall)
  | Offer
  | Accept
  | Refuse
  | ({ readonly type: 'digits'; readonly digits: string } & InCall)
  | ({ readonly type: 'mute'; readonly muted: boolean } & InCall)
  | Message;
