/** What a page may ask for of its sound. */
import type { SoundOption, SoundOptions } from '../audio/sound-board.js';
import type { LogLevel, LogSink } from '../core/log.js';

/** Makers of what is otherwise the browser's, for thin clients and tests. @public */
export interface BrowserParts {
  readonly getUserMedia?: (constraints: MediaStreamConstraints) => Promise<MediaStream>;
  readonly enumerateDevices?: () => Promise<MediaDeviceInfo[]>;
  readonly RTCPeerConnection?: new (configuration?: RTCConfiguration) => RTCPeerConnection;
  readonly MediaStream?: new (tracks: MediaStreamTrack[]) => MediaStream;
}

/** How a page is to sound, and to be heard. @public */
export interface AudioOptions {
  /** What the microphone should be like; echo cancellation and its like are on. */
  readonly microphone?: MediaTrackConstraints;
  /** Which sounds to make, or from where: `false` is none; `true` is all of our own but for `answered`. */
  readonly sounds?: boolean | Partial<Readonly<Record<keyof SoundOptions, SoundOption>>>;
  /** Takes noise out of the microphone from the beginning, or says where its files are. */
  readonly noiseReduction?: boolean | { readonly url?: string };
  /** Makers of what is otherwise the browser's. */
  readonly browser?: BrowserParts;
  /** Takes log lines; without it, warnings and errors go nowhere. */
  readonly log?: LogSink;
  /** The least telling lines that are wanted; `info`. */
  readonly logLevel?: LogLevel;
}
