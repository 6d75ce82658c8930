/** Plays what the far end says, and waits for a gesture where the browser wants one first. */

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

/** One call's sound in an audio element of its own, which need not be in the document. */
export class Speaker {
  readonly #element: HTMLAudioElement;
  readonly #page: EventTarget | undefined;
  readonly #news: SpeakerNews;
  #stopWaiting: (() => void) | undefined;
  #closed = false;

  constructor(element: HTMLAudioElement, page: EventTarget | undefined, news: SpeakerNews) {
    this.#element = element;
    this.#page = page;
    this.#news = news;
    element.autoplay = true;
    // Without this, iOS opens its video player.
    element.setAttribute('playsinline', '');
  }

  /** Plays a stream from now on. */
  play(stream: MediaStream): void {
    if (this.#element.srcObject !== stream) this.#element.srcObject = stream;
    void this.#start();
  }

  /** 0 is silence, 1 is all; iOS leaves that to its buttons. */
  setVolume(volume: number): void {
    this.#element.volume = Math.min(1, Math.max(0, volume));
  }

  /** Plays on another output, where the browser can. */
  async output(deviceId: string): Promise<void> {
    await this.#element.setSinkId?.(deviceId);
  }

  /** Plays nothing more. */
  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
    this.#element.pause();
    this.#element.srcObject = null;
  }

  async #start(): Promise<void> {
    try {
      await this.#element.play();
      if (!this.#closed) this.#news.playing();
    } catch (fault) {
      // A new stream or the end of the call interrupts `play`; only a refusal is news.
      const refused = (fault as { name?: string } | null)?.name === 'NotAllowedError';
      if (this.#closed || !refused) return;
      this.#news.blocked();
      this.#stopWaiting?.();
      this.#stopWaiting = atNextGesture(this.#page, () => void this.#start());
    }
  }
}
