/** Plays remote audio, and waits for a gesture where the browser requires one. */
import { Loudspeaker, type Outputs } from './outputs.js';

/** Events of a speaker. */
export interface SpeakerEvents {
  /** The browser plays nothing before a gesture; it goes on by itself after one. */
  blocked(): void;
  /** It plays now. */
  playing(): void;
}

/** Gestures that let a page make sound, in all browsers. */
const GESTURES = ['pointerdown', 'keydown', 'touchend'] as const;

/** Before the page's own listeners, which may stop its propagation. */
const EARLY = { capture: true };

/** Calls `run` at the next gesture on the page, once. Gives the function that takes that back. */
export function atNextGesture(page: EventTarget | undefined, run: () => void): () => void {
  const stop = (): void => {
    for (const gesture of GESTURES) page?.removeEventListener(gesture, go, EARLY);
  };
  const go = (): void => {
    stop();
    run();
  };
  for (const gesture of GESTURES) page?.addEventListener(gesture, go, EARLY);
  return stop;
}

/** One call's sound in audio elements of its own, which need not be in the document. */
export class Speaker {
  readonly #loudspeaker: Loudspeaker;
  readonly #outputs: Outputs;
  readonly #page: EventTarget | undefined;
  readonly #events: SpeakerEvents;
  #stopWaiting: (() => void) | undefined;
  #blocked = false;
  #closed = false;

  constructor(
    make: () => HTMLAudioElement,
    outputs: Outputs,
    page: EventTarget | undefined,
    events: SpeakerEvents,
  ) {
    this.#loudspeaker = new Loudspeaker(() => {
      const element = make();
      element.autoplay = true;
      // Without this, iOS opens its video player.
      element.setAttribute('playsinline', '');
      return element;
    });
    this.#outputs = outputs;
    this.#page = page;
    this.#events = events;
    outputs.add('speaker', this.#loudspeaker);
  }

  /** The element that plays, the first if there are several. */
  get element(): HTMLAudioElement {
    return this.#loudspeaker.element;
  }

  /** Whether the browser waits for a gesture. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Plays a stream from now on. */
  play(stream: MediaStream): void {
    this.#loudspeaker.all((element) => {
      if (element.srcObject !== stream) element.srcObject = stream;
    });
    void this.#start();
  }

  /** 0 is silence, 1 is all; iOS leaves that to its buttons. */
  setVolume(volume: number): void {
    this.#loudspeaker.all((element) => {
      element.volume = Math.min(1, Math.max(0, volume));
    });
  }

  /** Plays on another output than the others, where the browser can. */
  async setOutput(deviceId: string): Promise<void> {
    this.#outputs.remove(this.#loudspeaker);
    await this.#loudspeaker.setDevices([deviceId]);
  }

  /** Plays nothing more. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
    this.#outputs.remove(this.#loudspeaker);
    this.#loudspeaker.close();
  }

  async #start(): Promise<void> {
    try {
      await this.#loudspeaker.placed;
      if (this.#closed) return;
      await Promise.all(this.#loudspeaker.elements.map((element) => element.play()));
      this.#blocked = false;
      if (!this.#closed) this.#events.playing();
    } catch (fault) {
      // A new stream or the end of the call interrupts `play`; only a refusal is reported.
      const refused = (fault as { name?: string } | null)?.name === 'NotAllowedError';
      if (this.#closed || !refused) return;
      this.#blocked = true;
      this.#events.blocked();
      this.#stopWaiting?.();
      this.#stopWaiting = atNextGesture(this.#page, () => void this.#start());
    }
  }
}
