/** What a test puts into a page beside the vendor's API: notes of emitted events, and a browser that can be doctored. */
import type * as Sdk from '../../../sdk/src/facades/plivo/index.js';

/** One event, as it can leave the page. */
export interface Note {
  readonly event: string;
  readonly values: readonly unknown[];
  readonly at: number;
}

/** One line on the console. */
export interface Line {
  readonly level: string;
  readonly text: string;
}

/** The page's side; lives at `window.plivoPage`. */
export interface PlivoPage {
  /** Makes a client, whose events are noted from the beginning. */
  make(options?: Record<string, unknown>): void;
  /** The events since `forget`, without volumes. */
  emitted(): Note[];
  forget(): void;
  /** Waits until an event was emitted for the n-th time since `forget`. */
  until(event: string, count?: number, ms?: number): Promise<Note>;
  /** Plugs a device in or pulls it out, by its place among those of its kind. */
  plug(kind: MediaDeviceKind, place: number, there: boolean): Promise<string>;
  client: Sdk.Client;
  /** Lines that were written on the console. */
  readonly lines: Line[];
  /** Frames that went to the server. */
  readonly frames: Record<string, unknown>[];
  /** What the microphone was asked to be like. */
  readonly constraints: MediaStreamConstraints[];
  /** Digits that were sent as RTP events. */
  readonly keys: string[];
  readonly doctor: {
    /** Changes each entry of a report. */
    change: ((entry: Record<string, unknown>) => void) | undefined;
    iceConnectionState: RTCIceConnectionState | undefined;
    iceGatheringState: RTCIceGatheringState | undefined;
    readonly made: RTCPeerConnection[];
  };
}

declare global {
  interface Window {
    plivoPage: PlivoPage;
    Plivo: typeof Sdk.Plivo;
  }
}

/** The events of the vendor's client. */
export const EVENTS = [
  'onLogin',
  'onLoginFailed',
  'onLogout',
  'onCalling',
  'onCallRemoteRinging',
  'onCallAnswered',
  'onMediaConnected',
  'onCallTerminated',
  'remoteAudioStatus',
  'onIncomingCall',
  'onIncomingCallCanceled',
  'onIncomingCallIgnored',
  'onCallFailed',
  'onMediaPermission',
  'onWebrtcNotSupported',
  'mediaMetrics',
  'audioDeviceChange',
  'onConnectionChange',
  'onNoiseReductionReady',
  'onDtmfReceived',
  'onPermissionDenied',
] as const;

/** Puts the observer into a page; runs there, so it can use nothing of this file. */
export function install(events: readonly string[]): void {
  let notes: Note[] = [];
  const gone = new Set<string>();
  const noted = {
    lines: [],
    frames: [],
    constraints: [],
    keys: [],
    doctor: {
      change: undefined,
      iceConnectionState: undefined,
      iceGatheringState: undefined,
      made: [],
    },
  };
  const own: Pick<PlivoPage, 'make' | 'emitted' | 'forget' | 'until' | 'plug'> = {
    make(options) {
      const phone = new window.Plivo(options);
      plivoPage.client = phone.client;
      for (const event of events) {
        phone.client.on(event, (...values: unknown[]) => {
          const plain = values.map((value) => value && JSON.parse(JSON.stringify(value)));
          notes.push({ event, values: plain, at: performance.now() });
        });
      }
    },
    emitted: () => notes,
    forget() {
      notes = [];
    },
    async until(event, count = 1, ms = 10_000) {
      const limit = performance.now() + ms;
      for (;;) {
        const found = notes.filter((note) => note.event === event)[count - 1];
        if (found) return found;
        if (performance.now() > limit) {
          const emitted = notes.map((note) => `${note.event} ${JSON.stringify(note.values)}`);
          throw new Error(`no ${event}, but: ${emitted.join('; ')}`);
        }
        await new Promise((later) => setTimeout(later, 20));
      }
    },
    async plug(kind, place, there) {
      const all = (await enumerate()).filter(
        (one) => one.kind === kind && !['default', 'communications'].includes(one.deviceId),
      );
      const id = all[place]?.deviceId ?? '';
      if (there) gone.delete(id);
      else gone.add(id);
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
      return id;
    },
  };
  const plivoPage = { ...noted, ...own } as unknown as PlivoPage;
  window.plivoPage = plivoPage;

  const { mediaDevices } = navigator;
  const enumerate = mediaDevices.enumerateDevices.bind(mediaDevices);
  mediaDevices.enumerateDevices = async () =>
    (await enumerate()).filter(({ deviceId }) => !gone.has(deviceId));
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (constraints = {}) => {
    plivoPage.constraints.push(JSON.parse(JSON.stringify(constraints)) as MediaStreamConstraints);
    return open(constraints);
  };

  for (const level of ['error', 'warn', 'info', 'debug'] as const) {
    // Kept from the test's own console: thousands of lines say nothing there.
    console[level] = (...said: unknown[]) => {
      plivoPage.lines.push({ level, text: said.map(String).join(' ') });
    };
  }

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function noted(this: WebSocket, text: string): void {
    plivoPage.frames.push(JSON.parse(text) as Record<string, unknown>);
    send.call(this, text);
  };

  const insert = RTCDTMFSender.prototype.insertDTMF;
  RTCDTMFSender.prototype.insertDTMF = function noted(this: RTCDTMFSender, tones, ...how): void {
    plivoPage.keys.push(tones);
    insert.call(this, tones, ...how);
  };

  window.RTCPeerConnection = class Doctored extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      plivoPage.doctor.made.push(this);
    }

    override get iceConnectionState(): RTCIceConnectionState {
      return plivoPage.doctor.iceConnectionState ?? super.iceConnectionState;
    }

    override get iceGatheringState(): RTCIceGatheringState {
      return plivoPage.doctor.iceGatheringState ?? super.iceGatheringState;
    }

    override async getStats(): Promise<RTCStatsReport> {
      const report = await super.getStats();
      const { change } = plivoPage.doctor;
      if (!change) return report;
      const entries = [...report].map(([id, entry]): [string, Record<string, unknown>] => {
        const copy = { ...(entry as Record<string, unknown>) };
        change(copy);
        return [id, copy];
      });
      return new Map(entries) as unknown as RTCStatsReport;
    }
  };
}
