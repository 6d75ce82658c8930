/** What pages ask of a device before there is one, and what they put in place of the browser's own. */
import type { ConnectOptions } from '../../client/options.js';
import type { SharedOptions } from './options.js';

/** Whether this browser can make calls. */
export function isSupported(): boolean {
  return typeof RTCPeerConnection === 'function' && typeof WebSocket === 'function';
}

let shared: AudioContext | undefined;

/** One context for all devices, made when somebody asks; nothing without Web Audio. */
export function audioContext(): AudioContext | undefined {
  if (typeof AudioContext === 'undefined') return undefined;
  shared ??= new AudioContext();
  return shared;
}

/** The ending of sound files that this browser plays. */
export function extension(): 'mp3' | 'ogg' {
  if (typeof Audio === 'undefined') return 'mp3';
  return new Audio().canPlayType('audio/mpeg') === '' ? 'ogg' : 'mp3';
}

type Browser = NonNullable<ConnectOptions['browser']>;

/** The page's own makers, and a stream in place of the microphone. */
export function browserOf(options: SharedOptions): Browser {
  const { fileInputStream: file } = options;
  const given = {
    getUserMedia: file ? async () => file.clone() : options.getUserMedia,
    enumerateDevices: options.enumerateDevices,
    RTCPeerConnection: options.RTCPeerConnection,
    MediaStream: options.MediaStream,
  };
  return Object.fromEntries(Object.entries(given).filter(([, maker]) => maker)) as Browser;
}
