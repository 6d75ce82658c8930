/** What a test puts into a page beside the vendor's API: notes of emitted events, sounds that are played, doctored paths. */
import type * as Voice from '../../../sdk/src/facades/twilio/index.js';

/** Anything that emits events. */
interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** One event, as it can leave the page. */
export interface Note {
  readonly event: string;
  /** Errors by their codes, calls and devices by their classes, the rest as it is. */
  readonly values: readonly unknown[];
  readonly at: number;
}

/** The page's side; lives at `window.twilioPage`. */
export interface TwilioPage {
  /** Notes these events from now on. */
  note(who: string, from: Emitter, events: readonly string[]): void;
  /** The events that were emitted. */
  emitted(who: string): Note[];
  /** Waits until an event was emitted. */
  until(who: string, event: string, ms?: number): Promise<Note>;
  /** Addresses of sounds that were played. */
  readonly played: string[];
  /** Makes connections whose reports and states are what the test says; goes into `RTCPeerConnection`. */
  readonly Doctored: typeof RTCPeerConnection;
  /** What those connections say. */
  readonly doctor: {
    state: RTCPeerConnectionState | undefined;
    /** Changes each entry of a report. */
    change: ((entry: Record<string, unknown>) => void) | undefined;
    readonly made: RTCPeerConnection[];
  };
  device: Voice.Device;
  call: Voice.Call;
}

declare global {
  interface Window {
    twilioPage: TwilioPage;
    Twilio: typeof Voice;
  }
}

/** Puts the observer into a page; runs there, so it can use nothing of this file. */
export function install(): void {
  const notes: Record<string, Note[]> = {};
  const of = (who: string): Note[] => {
    notes[who] ??= [];
    return notes[who];
  };
  const plain = (value: unknown): unknown => {
    if (value instanceof Error)
      return { name: value.name, code: (value as { code?: number }).code };
    if (value instanceof MediaStream || value instanceof HTMLElement) return value.constructor.name;
    if (typeof value !== 'object' || value === null) return value;
    const text = String(value);
    if (text.startsWith('[Twilio.')) return text;
    return JSON.parse(JSON.stringify(value)) as unknown;
  };

  const played: string[] = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function noted(this: HTMLMediaElement): Promise<void> {
    if (this.src) played.push(this.src);
    return play.call(this);
  };

  const doctor: TwilioPage['doctor'] = { state: undefined, change: undefined, made: [] };
  class Doctored extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      doctor.made.push(this);
    }

    override get connectionState(): RTCPeerConnectionState {
      return doctor.state ?? super.connectionState;
    }

    override async getStats(): Promise<RTCStatsReport> {
      const report = await super.getStats();
      const { change } = doctor;
      if (!change) return report;
      const entries = [...report].map(([id, entry]): [string, Record<string, unknown>] => {
        const copy = { ...(entry as Record<string, unknown>) };
        change(copy);
        return [id, copy];
      });
      return new Map(entries) as unknown as RTCStatsReport;
    }
  }

  window.twilioPage = {
    played,
    doctor,
    Doctored,
    note(who, from, events) {
      for (const event of events) {
        from.on(event, (...values) =>
          of(who).push({ event, values: values.map(plain), at: performance.now() }),
        );
      }
    },
    emitted: (who) => of(who),
    async until(who, event, ms = 10_000) {
      const limit = performance.now() + ms;
      for (;;) {
        const found = of(who).find((note) => note.event === event);
        if (found) return found;
        if (performance.now() > limit) {
          throw new Error(`no ${event} of ${who}: ${of(who).map((note) => note.event)}`);
        }
        await new Promise((later) => setTimeout(later, 20));
      }
    },
  } as TwilioPage;
}
