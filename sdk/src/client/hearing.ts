/** What one call hears: the far end's sound, through a processor if there is one, to the speaker. */
import { type Processed, throughAll } from '../audio/processing.js';
import type { Meter } from '../audio/sound.js';
import { Speaker } from '../audio/speaker.js';
import { OffhookError } from '../core/errors.js';
import type { AudioKit } from './audio-kit.js';

/** What a call's ear tells. */
export interface HearingNews {
  /** Something failed, and the call goes on. */
  failed(error: OffhookError): void;
  played(): void;
}

/** The ear of one call. */
export class Hearing {
  readonly #kit: AudioKit;
  readonly #news: HearingNews;
  readonly #speaker: Speaker;
  readonly #stop: () => void;
  #remote: MediaStream | undefined;
  #processed: Processed | undefined;
  #turn: object | undefined;
  #drain: HTMLAudioElement | undefined;
  #meter: Meter | undefined;
  #closed = false;

  constructor(kit: AudioKit, news: HearingNews) {
    const { platform, outputs } = kit;
    this.#kit = kit;
    this.#news = news;
    this.#speaker = new Speaker(() => platform.makeAudio(), outputs, platform.page, {
      blocked: () => news.failed(new OffhookError('audio-blocked')),
      playing: () => news.played(),
    });
    this.#stop = kit.onRemote(() => this.#play());
  }

  /** The far end's sound as it came; nothing before there is any. */
  get stream(): MediaStream | undefined {
    return this.#remote;
  }

  /** The element that plays it. */
  get element(): HTMLAudioElement {
    return this.#speaker.element;
  }

  /** Whether the browser waits for a gesture. */
  get blocked(): boolean {
    return this.#speaker.blocked;
  }

  /** The far end's sound is there. */
  async hear(stream: MediaStream): Promise<void> {
    this.#remote = stream;
    this.#meter?.close();
    this.#meter = undefined;
    await this.#play().catch((error) => this.#news.failed(error as OffhookError));
  }

  /** 0 is silence, 1 is all. */
  setVolume(volume: number): void {
    this.#speaker.setVolume(volume);
  }

  /** Plays on another output than the other calls, where the browser can. */
  async output(deviceId: string): Promise<void> {
    try {
      await this.#speaker.output(deviceId);
    } catch (cause) {
      throw new OffhookError('output-refused', { cause });
    }
  }

  /** How loud it is; nothing where there is no Web Audio. */
  meter(): Meter | undefined {
    this.#meter ??= this.#remote && this.#kit.sound.meter(this.#remote);
    return this.#meter;
  }

  /** Hears nothing more. */
  close(): void {
    this.#closed = true;
    this.#stop();
    this.#meter?.close();
    this.#speaker.close();
    this.#drained(undefined);
    void this.#processed?.release();
  }

  async #play(): Promise<void> {
    const stream = this.#remote;
    if (!stream || this.#closed) return;
    const turn = {};
    this.#turn = turn;
    const processed = await this.#through(stream);
    // Somebody may have wished otherwise meanwhile, or hung up.
    if (this.#turn !== turn || this.#closed) {
      void processed?.release();
      return;
    }
    const before = this.#processed;
    this.#processed = processed;
    this.#drained(processed && stream);
    this.#speaker.play(processed?.stream ?? stream);
    void before?.release();
  }

  async #through(stream: MediaStream): Promise<Processed | undefined> {
    const { remote } = this.#kit;
    try {
      return remote && (await throughAll(stream, [remote]));
    } catch (cause) {
      throw new OffhookError('processing-failed', { cause });
    }
  }

  /** Chromium moves a far end's sound only while an element plays it, whoever else listens. */
  #drained(stream: MediaStream | undefined): void {
    this.#drain?.pause();
    if (this.#drain) this.#drain.srcObject = null;
    this.#drain = stream && this.#kit.platform.makeAudio();
    if (!this.#drain || !stream) return;
    this.#drain.muted = true;
    this.#drain.srcObject = stream;
    void this.#drain.play().catch(() => undefined);
  }
}
