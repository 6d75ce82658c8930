/** Audio processors of the vendor's kind: at most one for what is sent, one for what is heard. */
import type { Processor } from '../../audio/source.js';
import { InvalidArgumentError, NotSupportedError } from './errors/classes.js';

/** Makes another sound of a stream. @public */
export interface AudioProcessor {
  /** The stream that is used in place of `stream`. */
  createProcessedStream(stream: MediaStream): Promise<MediaStream>;
  /** The stream that was made is used no longer. */
  destroyProcessedStream(stream: MediaStream): Promise<void>;
}

interface Slot {
  readonly processor: AudioProcessor;
  readonly wrapped: Processor;
  stream: MediaStream | null;
}

function check(processor: AudioProcessor | undefined): void {
  if (!processor) throw new InvalidArgumentError('Missing AudioProcessor argument.');
  for (const name of ['createProcessedStream', 'destroyProcessedStream'] as const) {
    if (typeof processor[name] === 'function') continue;
    throw new InvalidArgumentError(`Missing ${name} method in AudioProcessor.`);
  }
}

/** The processors of one device. */
export class Processing {
  readonly #slots: Map<boolean, Slot> = new Map();

  /** Takes one; gives it as our client knows it. @throws InvalidArgumentError, NotSupportedError */
  add(processor: AudioProcessor, isRemote: boolean): Processor {
    check(processor);
    if (this.#slots.has(isRemote)) {
      throw new NotSupportedError('Can only have one AudioProcessor at a time.');
    }
    const seat: Slot = {
      processor,
      stream: null,
      wrapped: {
        create: async (stream) => {
          seat.stream = await processor.createProcessedStream(stream);
          return seat.stream;
        },
        destroy: async (stream) => {
          seat.stream = null;
          await processor.destroyProcessedStream(stream);
        },
      },
    };
    this.#slots.set(isRemote, seat);
    return seat.wrapped;
  }

  /** Gives one back. @throws InvalidArgumentError */
  remove(processor: AudioProcessor, isRemote: boolean): void {
    check(processor);
    if (this.#slots.get(isRemote)?.processor !== processor) {
      throw new InvalidArgumentError('Cannot remove an AudioProcessor that was not added.');
    }
    this.#slots.delete(isRemote);
  }

  /** The one there is, as our client knows it. */
  wrapped(isRemote: boolean): Processor | undefined {
    return this.#slots.get(isRemote)?.wrapped;
  }

  /** What it has made. */
  stream(isRemote: boolean): MediaStream | null {
    return this.#slots.get(isRemote)?.stream ?? null;
  }
}
