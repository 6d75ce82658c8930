/** An opened microphone, and what is made of its sound on the way to the calls. */
import { type ErrorCode, OffhookError } from '../core/errors.js';
import { type Processed, type Processor, throughAll } from './processing.js';

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
export class Source {
  /** What the device itself hears. */
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
    { deviceId: wish, ...others }: MediaTrackConstraints,
    deviceId: string | undefined,
  ): Promise<Source> {
    const which = deviceId === undefined ? wish : { exact: deviceId };
    const audio = which === undefined ? others : { ...others, deviceId: which };
    let stream: MediaStream;
    try {
      stream = await open({ audio, video: false });
    } catch (cause) {
      throw microphoneError(cause);
    }
    const raw = stream.getAudioTracks()[0];
    if (!raw) throw new OffhookError('microphone-missing');
    return new Source(stream, raw, deviceId);
  }

  /** What the calls get. */
  get track(): MediaStreamTrack {
    return this.#processed?.stream.getAudioTracks()[0] ?? this.raw;
  }

  /**
   * Sends what is heard through these from now on; until it does, all is as before. Gives the function that
   * lets the former way go, when nobody uses its track any more.
   *
   * @throws {@link OffhookError} `processing-failed`.
   */
  async through(processors: readonly Processor[]): Promise<() => void> {
    const before = this.#processed;
    if (processors.length === 0) this.#processed = undefined;
    else {
      try {
        this.#processed = await throughAll(this.#stream, processors);
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
