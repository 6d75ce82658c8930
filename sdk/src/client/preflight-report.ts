/** What a trial of the network is asked, tells and finds out. */
import type { Warning } from '../quality/monitor.js';
import type { QualitySample } from '../quality/sample.js';
import type { AudioKit } from './audio-kit.js';
import type { Call } from './call.js';
import type { CallMediaOptions } from './call-wish.js';

/** How to try. @public */
export interface PreflightOptions {
  /** For how long, 3 to 80; 60. */
  readonly seconds?: number;
  /** With the real microphone; else a tone is sent, and nobody is asked for permission. */
  readonly microphone?: boolean;
}

/** Minimum, mean and maximum of a figure. @public */
export interface Summary {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** What was found out. @public */
export interface PreflightReport {
  /** Whether sound gets through in UDP packets, and over a TCP connection. */
  readonly udp: boolean;
  readonly tcp: boolean;
  /** Whether a TURN server was needed. */
  readonly turnRequired: boolean;
  /** Milliseconds until the server answered, until there was a path, and until sound could flow. */
  readonly timing: {
    readonly answeredMs: number | undefined;
    readonly pathMs: number | undefined;
    readonly readyMs: number | undefined;
  };
  readonly rttMs: Summary | undefined;
  readonly jitterMs: Summary | undefined;
  readonly mos: Summary | undefined;
  /** Shares from 0 to 1 of all packets that were lost on their way to us, and from us. */
  readonly lossIn: number | undefined;
  readonly lossOut: number | undefined;
  readonly samples: readonly QualitySample[];
  readonly warnings: readonly Warning[];
  /** In a word, and in words for people. */
  readonly verdict: {
    readonly code: 'excellent' | 'good' | 'fair' | 'poor' | 'impossible';
    readonly message: string;
  };
}

/** The events of {@link Preflight}. @public */
export interface PreflightEvents {
  /** How far it is, 0 to 1, and what is being done. */
  progress: { readonly fraction: number; readonly phase: 'connecting' | 'measuring' };
  /** Sound flows. */
  connected: undefined;
  sample: QualitySample;
  warning: Warning;
}

/** What a trial needs. */
export interface PreflightWorld {
  readonly kit: AudioKit;
  /** Calls the server, which asks no application. */
  dial(wish: CallMediaOptions): Promise<Call>;
}
