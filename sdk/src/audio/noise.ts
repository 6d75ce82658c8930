/** Removes noise from the microphone's sound. Everything it needs is loaded when it is first asked for. */
import { Emitter } from '../core/emitter.js';
import { OffhookError } from '../core/errors.js';
import type { Processor } from './source.js';

/** The events of {@link NoiseReduction}. @public */
export interface NoiseEvents {
  /** It is loaded and can be started. */
  ready: undefined;
  /** It was started or stopped. */
  active: boolean;
}

/** Noise reduction of one client's microphone. @public */
export class NoiseReduction extends Emitter<NoiseEvents> {
  readonly #fetch: () => Promise<Processor>;
  readonly #apply: (processor: Processor | undefined) => Promise<void>;
  #loading: Promise<Processor> | undefined;
  #ready = false;
  #active = false;
  #wanted = false;

  /**
   * @internal
   * @param load - Fetches what is needed; called once, and again after a failure.
   * @param apply - Adds the processor to the microphone's, or removes it.
   */
  constructor(
    load: () => Promise<Processor>,
    apply: (processor: Processor | undefined) => Promise<void>,
  ) {
    super();
    this.#fetch = load;
    this.#apply = apply;
  }

  /** Whether this browser can do it at all. */
  get available(): boolean {
    return typeof AudioWorkletNode !== 'undefined' && typeof WebAssembly !== 'undefined';
  }

  /** Whether it is loaded. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether it is at work, or will be in the next call. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Loads what is needed; {@link NoiseReduction.start} does that by itself.
   *
   * @throws {@link OffhookError} `not-supported` or `noise-reduction-failed`.
   */
  async load(): Promise<void> {
    await this.#processor();
  }

  /**
   * Takes noise out from now on, in running calls as well. Settles with whether that has changed anything.
   *
   * @throws {@link OffhookError} as {@link NoiseReduction.load}, or `processing-failed`.
   */
  async start(): Promise<boolean> {
    this.#wanted = true;
    const processor = await this.#processor();
    if (this.#active || !this.#wanted) return false;
    this.#active = true;
    try {
      await this.#apply(processor);
    } catch (error) {
      this.#active = false;
      throw error;
    }
    this.emit('active', true);
    return true;
  }

  /** Leaves the noise in. Settles with whether that has changed anything. */
  async stop(): Promise<boolean> {
    this.#wanted = false;
    if (!this.#active) return false;
    this.#active = false;
    await this.#apply(undefined);
    this.emit('active', false);
    return true;
  }

  #processor(): Promise<Processor> {
    if (!this.available) return Promise.reject(new OffhookError('not-supported'));
    this.#loading ??= this.#load().catch((cause) => {
      this.#loading = undefined;
      throw new OffhookError('noise-reduction-failed', { cause });
    });
    return this.#loading;
  }

  async #load(): Promise<Processor> {
    const processor = this.#watched(await this.#fetch());
    this.#ready = true;
    this.emit('ready', undefined);
    return processor;
  }

  /** When a call's microphone cannot be sent through it, the call goes on without it, and the state shows it. */
  #watched(processor: Processor): Processor {
    return {
      create: async (stream) => {
        try {
          return await processor.create(stream);
        } catch (fault) {
          if (this.#active) {
            this.#active = false;
            this.emit('active', false);
            void this.#apply(undefined).catch(() => undefined);
          }
          throw fault;
        }
      },
      destroy: (stream) => processor.destroy(stream),
    };
  }
}
