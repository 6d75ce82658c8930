/** What devices of both generations have in common: what pages ask before there is one, and what of the browser they replace. */

import type { ConnectOptions } from '../../client/options.js';
import { version } from '../../client/platform.js';
import { OffhookError } from '../../core/errors.js';
import { EventEmitter } from '../shared/event-emitter.js';
import type { SharedOptions } from './options.js';

let shared: AudioContext | undefined;

/** One context for all devices, created on first use; nothing without Web Audio. */
export function audioContext(): AudioContext | undefined {
  if (typeof AudioContext === 'undefined') return undefined;
  shared ??= new AudioContext();
  return shared;
}

type Browser = NonNullable<ConnectOptions['browser']>;

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices;
  throw new OffhookError(
    globalThis.isSecureContext === false ? 'insecure-origin' : 'not-supported',
  );
}

/** The page's own makers, and a stream in place of the microphone, by the options at that time. */
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

/** The statics of both. @public */
export abstract class BaseDevice extends EventEmitter {
  /** Whether this browser can make calls. */
  static get isSupported(): boolean {
    return typeof RTCPeerConnection === 'function' && typeof WebSocket === 'function';
  }

  /** The release of this SDK. */
  static get version(): string {
    return version;
  }

  /** One for all devices; nothing without Web Audio. */
  static get audioContext(): AudioContext | undefined {
    return audioContext();
  }

  /** The ending of sound files that this browser plays. */
  static get extension(): 'mp3' | 'ogg' {
    if (typeof Audio === 'undefined') return 'mp3';
    return new Audio().canPlayType('audio/mpeg') === '' ? 'ogg' : 'mp3';
  }
}
