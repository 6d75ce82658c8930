/** What pages ask of a device before there is one, and what they put in place of the browser's own. */
import type { ConnectOptions } from '../../client/options.js';
import { OffhookError } from '../../core/errors.js';
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

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices;
  throw new OffhookError(
    globalThis.isSecureContext === false ? 'insecure-origin' : 'not-supported',
  );
}

/** The page's own makers, and a stream in place of the microphone, as the options say at the time. */
export function browserOf(options: () => SharedOptions): Browser {
  const { RTCPeerConnection, MediaStream } = options();
  const made: Browser = {
    getUserMedia: async (constraints) => {
      const { fileInputStream: file, getUserMedia: own } = options();
      if (file) return file.clone();
      if (own) return (own as typeof navigator.mediaDevices.getUserMedia)(constraints);
      return mediaDevices().getUserMedia(constraints);
    },
    enumerateDevices: async () => {
      const { enumerateDevices: own } = options();
      if (own) return (own as typeof navigator.mediaDevices.enumerateDevices)();
      return mediaDevices().enumerateDevices();
    },
  };
  const classes = { RTCPeerConnection, MediaStream };
  const given = Object.entries(classes).filter(([, maker]) => maker);
  return Object.assign(made, Object.fromEntries(given));
}
