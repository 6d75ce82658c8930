/** The microphone: opened once however many calls use it, and found again when it is unplugged. */
import { type ErrorCode, OffhookError } from '../core/errors.js';

/** Opens the devices; `navigator.mediaDevices` in a page. */
export type OpenMicrophone = (constraints: MediaStreamConstraints) => Promise<MediaStream>;

/** One call's share of the microphone. */
export interface Share {
  /** This call's own track: muting it mutes nobody else. */
  readonly track: MediaStreamTrack;
  /** Called with the track that takes over when the device is gone. */
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  /** The device is gone and no other could be opened. */
  onlost: ((fault: OffhookError) => void) | undefined;
  /** Gives the share back; with the last one the microphone is closed. */
  release(): void;
}

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

class OpenShare implements Share {
  track: MediaStreamTrack;
  onreplaced: ((track: MediaStreamTrack) => void) | undefined;
  onlost: ((fault: OffhookError) => void) | undefined;
  readonly #released: (share: OpenShare) => void;

  constructor(track: MediaStreamTrack, released: (share: OpenShare) => void) {
    this.track = track;
    this.#released = released;
  }

  release(): void {
    this.track.stop();
    this.#released(this);
  }
}

/** The microphone of one client. */
export class Microphone {
  readonly #open: OpenMicrophone;
  #constraints: MediaTrackConstraints;
  readonly #shares: Set<OpenShare> = new Set();
  #waiting = 0;
  #source: Promise<MediaStreamTrack> | undefined;

  constructor(open: OpenMicrophone, constraints: MediaTrackConstraints) {
    this.#open = open;
    this.#constraints = constraints;
  }

  /**
   * A share of the microphone, which is opened if need be; the browser may ask the person first.
   *
   * @throws {@link OffhookError} `microphone-denied`, `microphone-missing` or `microphone-busy`.
   */
  async share(): Promise<Share> {
    this.#waiting += 1;
    try {
      const source = await this.#sourceTrack();
      const share = new OpenShare(source.clone(), (gone) => this.#release(gone));
      this.#shares.add(share);
      return share;
    } finally {
      this.#waiting -= 1;
      this.#closeIfUnused();
    }
  }

  /** Opens another device for the shares there are, and for those to come. */
  async use(constraints: MediaTrackConstraints): Promise<void> {
    this.#constraints = constraints;
    if (this.#shares.size > 0) await this.#replace();
  }

  #sourceTrack(): Promise<MediaStreamTrack> {
    this.#source ??= this.#openSource().catch((fault) => {
      this.#source = undefined;
      throw fault;
    });
    return this.#source;
  }

  async #openSource(): Promise<MediaStreamTrack> {
    let stream: MediaStream;
    try {
      stream = await this.#open({ audio: this.#constraints, video: false });
    } catch (cause) {
      throw microphoneError(cause);
    }
    const track = stream.getAudioTracks()[0];
    if (!track) throw new OffhookError('microphone-missing');
    track.onended = () => void this.#unplugged();
    return track;
  }

  /** The device has gone: go on with whatever the browser now takes for the default. */
  async #unplugged(): Promise<void> {
    if (this.#shares.size === 0) return;
    const { deviceId: _gone, ...rest } = this.#constraints;
    this.#constraints = rest;
    try {
      await this.#replace();
    } catch (fault) {
      for (const share of [...this.#shares]) share.onlost?.(microphoneError(fault));
    }
  }

  async #replace(): Promise<void> {
    const old = this.#source;
    this.#source = undefined;
    const source = await this.#sourceTrack();
    for (const share of this.#shares) {
      const track = source.clone();
      track.enabled = share.track.enabled;
      share.track.stop();
      share.track = track;
      share.onreplaced?.(track);
    }
    stopTrack(await old?.catch(() => undefined));
  }

  #release(share: OpenShare): void {
    this.#shares.delete(share);
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#shares.size > 0 || this.#waiting > 0) return;
    const source = this.#source;
    this.#source = undefined;
    void source?.then(stopTrack, () => undefined);
  }
}

function stopTrack(track: MediaStreamTrack | undefined): void {
  if (!track) return;
  track.onended = null;
  track.stop();
}
