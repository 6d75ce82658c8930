/** An opened microphone, and what is made of its sound on the way to the calls. */
import { type ErrorCode, OffhookError } from '../core/errors.js';

/** Makes a stream of another; one at a time in each direction. @public */
export interface Processor {
  /** The stream that takes the place of this one. */
  create(stream: MediaStream): Promise<MediaStream>;
  /** That stream is no longer used. */
  destroy(stream: MediaStream): Promise<void>;
}

/** A stream that went through some processors, and the way to let it go. */
export interface Processed {
  readonly stream: MediaStream;
  release(): Promise<void>;
}

/** Sends a stream through processors, one after the other. When one fails, those before let go. */
export async function processThrough(
  stream: MediaStream,
  processors: readonly Processor[],
): Promise<Processed> {
  const made: [Processor, MediaStream][] = [];
  const release = async (): Promise<void> => {
    for (const [processor, result] of made.splice(0).reverse()) {
      await processor.destroy(result).catch(() => undefined);
    }
  };
  let current = stream;
  try {
    for (const processor of processors) {
      current = await processor.create(current);
      made.push([processor, current]);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { stream: current, release };
}

/** Opens the devices; `navigator.mediaDevices` in a page. */
export type OpenMicrophone = (constraints: MediaStreamConstraints) => Promise<MediaStream>;

const CODES: Readonly<Record<string, ErrorCode>> = {
  NotAllowedError: 'microphone-denied',
  SecurityError: 'microphone-denied',
  PermissionDeniedError: 'microphone-denied',
  NotFoundError: 'microphone-missing',
  DevicesNotFoundError: 'microphone-missing',
  OverconstrainedError: 'microphone-missing',
};

/** What a failed `getUserMedia` means to a person. */
export function microphoneError(cause: unknown): OffhookError {
  if (cause instanceof OffhookError) return cause;
  const name = (cause as { name?: string } | null)?.name ?? '';
  return new OffhookError(CODES[name] ?? 'microphone-busy', { cause });
}

/** One opened device. */
export class MicrophoneSource {
  /** The device's own track. */
  readonly raw: MediaStreamTrack;
  /** The device that was asked for; nothing is the system's default. */
  readonly deviceId: string | undefined;
  readonly #stream: MediaStream;
  #processed: Processed | undefined;

  private constructor(stream: MediaStream, raw: MediaStreamTrack, deviceId: string | undefined) {
    this.#stream = stream;
    this.raw = raw;
    this.deviceId = deviceId;
  }

  /**
   * Opens a device.
   *
   * @throws {@link OffhookError} `microphone-denied`, `microphone-missing` or `microphone-busy`.
   */
  static async open(
    open: OpenMicrophone,
    { deviceId: preferred, ...others }: MediaTrackConstraints,
    deviceId: string | undefined,
  ): Promise<MicrophoneSource> {
    const which = deviceId === undefined ? preferred : { exact: deviceId };
    const audio = which === undefined ? others : { ...others, deviceId: which };
    let stream: MediaStream;
    try {
      stream = await open({ audio, video: false });
    } catch (cause) {
      throw microphoneError(cause);
    }
    const raw = stream.getAudioTracks()[0];
    if (!raw) throw new OffhookError('microphone-missing');
    return new MicrophoneSource(stream, raw, deviceId);
  }

  /** What the calls get. */
  get track(): MediaStreamTrack {
    return this.#processed?.stream.getAudioTracks()[0] ?? this.raw;
  }

  /**
   * Processes the microphone's sound with these from now on; until then nothing changes. Gives the function that
   * releases the former processors, to be called when no call uses their track any more.
   *
   * @throws {@link OffhookError} `processing-failed`.
   */
  async process(processors: readonly Processor[]): Promise<() => void> {
    const before = this.#processed;
    if (processors.length === 0) this.#processed = undefined;
    else {
      try {
        this.#processed = await processThrough(this.#stream, processors);
      } catch (cause) {
        throw new OffhookError('processing-failed', { cause });
      }
    }
    return () => void before?.release();
  }

  /** Switches the device off. */
  close(): void {
    this.raw.onended = null;
    this.raw.stop();
    void this.#processed?.release();
  }
}
