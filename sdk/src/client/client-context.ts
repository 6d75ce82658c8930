/** What all parts of a client share, in one object. */
import type { Log } from '../core/log.js';
import type { AudioKit } from './audio-kit.js';
import type { Connection } from './connection.js';
import type { ConnectOptions, Feedback } from './options.js';
import type { Platform } from './platform.js';

/** One client's. */
export interface ClientContext {
  readonly platform: Platform;
  readonly audio: AudioKit;
  readonly options: ConnectOptions;
  readonly log: Log;
  readonly connection: Pick<
    Connection,
    'send' | 'request' | 'probe' | 'party' | 'iceServers' | 'recoveryMs'
  >;
  /** The name under which tabs of the same user find each other; nothing before it is known who that is. */
  tabChannelName(): string | undefined;
  feedback(callId: string, feedback: Feedback): Promise<void>;
}
