/** The remote audio of one call: received, processed if there is a processor, and played. */

import type { Meter } from '../audio/shared-audio-context.js';
import { type Processed, processThrough } from '../audio/source.js';
import { Speaker } from '../audio/speaker.js';
import { OffhookError } from '../core/errors.js';
import type { AudioKit } from './audio-kit.js';

/** The remote audio of one call. */
export class RemoteAudio {
  readonly #kit: AudioKit;
  readonly #failed: (error: OffhookError) => void;
  readonly #speaker: Speaker;
  readonly #stop: () => void;
  #remote: MediaStream | undefined;
  #processed: Processed | undefined;
  #request: object | undefined;
  #pump: HTMLAudioElement | undefined;
  #meter: Meter | undefined;
  #closed = false;

  /** @param failed - Something failed, and the call goes on. */
  constructor(kit: AudioKit, failed: (error: OffhookError) => void, playing: () => void) {
    const { platform, outputs } = kit;
    this.#kit = kit;
    this.#failed = failed;
    this.#speaker = new Speaker(() => platform.makeAudio(), outputs, platform.page, {
      blocked: () => failed(new OffhookError('audio-blocked')),
      playing,
    });
    this.#stop = kit.onRemote(() => this.#play());
  }

  /** The received stream, unprocessed; nothing before there is one. */
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

  /** The remote audio is there. */
  async setStream(stream: MediaStream): Promise<void> {
    this.#remote = stream;
    this.#meter?.close();
    this.#meter = undefined;
    await this.#play().catch((error) => this.#failed(error as OffhookError));
  }

  /** 0 is silence, 1 is all. */
  setVolume(volume: number): void {
    this.#speaker.setVolume(volume);
  }

  /** Plays on another output than the other calls, where the browser can. */
  async setOutput(deviceId: string): Promise<void> {
    try {
      await this.#speaker.setOutput(deviceId);
    } catch (cause) {
      throw new OffhookError('output-refused', { cause });
    }
  }

  /** How loud it is; nothing where there is no Web Audio. */
  meter(): Meter | undefined {
    this.#meter ??= this.#remote && this.#kit.sound.meter(this.#remote);
    return this.#meter;
  }

  /** Stops playing. */
  close(): void {
    this.#closed = true;
    this.#stop();
    this.#meter?.close();
    this.#speaker.close();
    this.#pumpStream(undefined);
    void this.#processed?.release();
  }

  async #play(): Promise<void> {
    const stream = this.#remote;
    if (!stream || this.#closed) return;
    const turn = {};
    this.#request = turn;
    const processed = await this.#through(stream);
    // Another stream or processor may have come meanwhile, or the end of the call.
    if (this.#request !== turn || this.#closed) {
      void processed?.release();
      return;
    }
    const before = this.#processed;
    this.#processed = processed;
    this.#pumpStream(processed && stream);
    this.#speaker.play(processed?.stream ?? stream);
    void before?.release();
  }

  async #through(stream: MediaStream): Promise<Processed | undefined> {
    const { remote } = this.#kit;
    try {
      return remote && (await processThrough(stream, [remote]));
    } catch (cause) {
      throw new OffhookError('processing-failed', { cause });
    }
  }

  /** Chromium delivers remote audio to Web Audio only while an element plays the stream. */
  #pumpStream(stream: MediaStream | undefined): void {
    this.#pump?.pause();
    if (this.#pump) this.#pump.srcObject = null;
    this.#pump = stream && this.#kit.platform.makeAudio();
    if (!this.#pump || !stream) return;
    this.#pump.muted = true;
    this.#pump.srcObject = stream;
    void this.#pump.play().catch(() => undefined);
  }
}
