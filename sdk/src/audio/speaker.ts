/** Plays what the far end says, and waits for a gesture where the browser wants one first. */
import { Loudspeaker, type Outputs } from './outputs.js';

/** What a speaker tells. */
export interface SpeakerNews {
  /** The browser plays nothing before a gesture; it goes on by itself after one. */
  blocked(): void;
  /** It plays now. */
  playing(): void;
}

/** Gestures that let a page make sound, in all browsers. */
const GESTURES = ['pointerdown', 'keydown', 'touchend'] as const;

/** Before the page's own listeners, which may keep a gesture to themselves. */
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
  readonly #loud: Loudspeaker;
  readonly #outputs: Outputs;
  readonly #page: EventTarget | undefined;
  readonly #news: SpeakerNews;
  #stopWaiting: (() => void) | undefined;
  #blocked = false;
  #closed = false;

  constructor(
    make: () => HTMLAudioElement,
    outputs: Outputs,
    page: EventTarget | undefined,
    news: SpeakerNews,
  ) {
    this.#loud = new Loudspeaker(() => {
      const element = make();
      element.autoplay = true;
      // Without this, iOS opens its video player.
      element.setAttribute('playsinline', '');
      return element;
    });
    this.#outputs = outputs;
    this.#page = page;
    this.#news = news;
    outputs.add('speaker', this.#loud);
  }

  /** The element that plays, the first if there are several. */
  get element(): HTMLAudioElement {
    return this.#loud.element;
  }

  /** Whether the browser waits for a gesture. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Plays a stream from now on. */
  play(stream: MediaStream): void {
    this.#loud.all((element) => {
      if (element.srcObject !== stream) element.srcObject = stream;
    });
    void this.#start();
  }

  /** 0 is silence, 1 is all; iOS leaves that to its buttons. */
  setVolume(volume: number): void {
    this.#loud.all((element) => {
      element.volume = Math.min(1, Math.max(0, volume));
    });
  }

  /** Plays on another output than the others, where the browser can. */
  async output(deviceId: string): Promise<void> {
    this.#outputs.remove(this.#loud);
    await this.#loud.on([deviceId]);
  }

  /** Plays nothing more. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
    this.#outputs.remove(this.#loud);
    this.#loud.close();
  }

  async #start(): Promise<void> {
    try {
      await this.#loud.placed;
      if (this.#closed) return;
      await Promise.all(this.#loud.elements.map((element) => element.play()));
      this.#blocked = false;
      if (!this.#closed) this.#news.playing();
    } catch (fault) {
      // A new stream or the end of the call interrupts `play`; only a refusal is news.
      const refused = (fault as { name?: string } | null)?.name === 'NotAllowedError';
      if (this.#closed || !refused) return;
      this.#blocked = true;
      this.#news.blocked();
      this.#stopWaiting?.();
      this.#stopWaiting = atNextGesture(this.#page, () => void this.#start());
    }
  }
}
