/** The page as the audio layer uses it: devices, elements, streams, Web Audio. */
import type { Timers } from '../core/clock.js';
import type { OpenMicrophone } from './source.js';

/** What audio takes from a page; the client's platform has more. */
export interface AudioPlatform {
  readonly timers: Timers;
  /** Emits gestures; nothing where there is no page. */
  readonly page: EventTarget | undefined;
  readonly openMicrophone: OpenMicrophone;
  enumerateDevices(): Promise<MediaDeviceInfo[]>;
  /** Calls `changed` when devices come and go, until the returned function is called. */
  watchDevices(changed: () => void): () => void;
  makeStream(tracks: MediaStreamTrack[]): MediaStream;
  makeAudio(): HTMLAudioElement;
  /** Nothing where there is no Web Audio, or not with these options. */
  makeContext(options?: AudioContextOptions): AudioContext | undefined;
  /** An address at which the page finds these bytes of a sound. */
  soundAddress(bytes: Uint8Array<ArrayBuffer>): string;
}
