/** What one call wants otherwise than its client's other calls. */
import type { IceOptions } from './options.js';

/** All of it is optional. */
export interface CallMediaOptions {
  readonly microphone?: MediaTrackConstraints | undefined;
  readonly ice?: IceOptions | undefined;
  readonly codecs?: readonly string[] | undefined;
  /** The only transport that may be used. */
  readonly transport?: 'udp' | 'tcp' | undefined;
  /** What is said, in place of a microphone. */
  readonly track?: MediaStreamTrack | undefined;
}
