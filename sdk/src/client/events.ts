/** The events of calls, and the states of a client. */
import type { CallState } from '../core/call-state.js';
import type { Ending, OffhookError } from '../core/errors.js';
import type { AudioIssue } from '../quality/diagnosis.js';
import type { Warning } from '../quality/monitor.js';
import type { QualitySample } from '../quality/sample.js';

/**
 * connecting: for the first time. connected: calls can be made. reconnecting: the network or the server is away;
 * calls go on, also over a restart of a server that keeps them. closed: for good.
 *
 * @public
 */
export type ClientState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** Who the page is, as the server sees it. @public */
export interface Identity {
  /** The endpoint's name, or the identity in the token. */
  readonly name: string;
  /** The account's id. */
  readonly account: string;
  /** Whether calls may be made. */
  readonly outgoing: boolean;
  /** Whether calls may be received. */
  readonly incoming: boolean;
  /** When the token expires; `null` is never. */
  readonly expiresAt: Date | null;
  /** Milliseconds until then by the server's clock, which counts: the device's own may be wrong. */
  readonly expiresInMs: number | null;
}

/**
 * connecting: no audio yet. connected: audio flows. interrupted: it did, and the SDK looks for a new path, or makes a
 * new connection to a server that was restarted.
 *
 * @public
 */
export type AudioState = 'connecting' | 'connected' | 'interrupted';

/** How loud both directions are, from 0 to 1 on a curve that suits a bar. @public */
export interface Levels {
  readonly input: number;
  readonly output: number;
}

/** Text that came within a call. @public */
export interface CallMessage {
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

/** An {@link AudioIssue} that began or ended. @public */
export interface AudioIssueEvent extends AudioIssue {
  /** False when it has ended. */
  readonly raised: boolean;
}

/** The events of a call. @public */
export interface CallEvents {
  /** The call's state has changed; `ended` comes last. */
  state: CallState;
  /** The path of the sound has changed. */
  audio: AudioState;
  /** The microphone was muted or opened. */
  muted: boolean;
  /** This page holds the call, or has resumed it. */
  held: boolean;
  /** The other party pressed a key. */
  digit: { readonly digit: string; readonly seconds: number };
  /** The other party sent a text. */
  message: CallMessage;
  /** The server has a message that was sent. */
  'message-sent': { readonly id: string };
  /** Ten times a second, while there is a listener. */
  levels: Levels;
  /** Once a second, while the call is up. */
  sample: QualitySample;
  /** The call is bad in some way, or good again. */
  warning: Warning;
  /** One direction is silent: the likely cause, as a sentence for the user. */
  'audio-issue': AudioIssueEvent;
  /** The user speaks while the microphone is muted. Found out on this device: no sound leaves it. */
  'speaking-while-muted': undefined;
  /** A notice of the server that needs no answer, such as `media-lost`, `held`, or `transferred` with whom in `to`. */
  notice: { readonly event: string; readonly details: Readonly<Record<string, unknown>> };
  /** Something failed, and the call goes on; the error's `hint` is what to do. */
  error: OffhookError;
  /** It is over. */
  ended: Ending;
}
