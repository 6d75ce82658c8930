/** Notices that somebody speaks while the microphone is muted, without letting any of it out. */
import { Voice } from '../audio/voice.js';
import type { AudioKit } from './audio-kit.js';
import type { CallLife } from './call-life.js';

const LOOK_MS = 50;

/** Listens for one call while it is muted and somebody wants to know. */
export class MutedVoice {
  readonly #life: CallLife;
  readonly #kit: AudioKit;
  #listening = false;

  constructor(life: CallLife, kit: AudioKit) {
    this.#life = life;
    this.#kit = kit;
  }

  /** The call was muted, or somebody has begun to care. @param cares - Whether anybody does. */
  async listen(cares: () => boolean): Promise<void> {
    const wanted = (): boolean => this.#life.muted && this.#life.state === 'up' && cares();
    if (this.#listening || !wanted()) return;
    this.#listening = true;
    const track = await this.#life.audio.saying.raw();
    // A clone of its own: muting acts on the call's share, not on the device.
    const ear = track?.clone();
    const meter = ear && this.#kit.sound.meter(this.#kit.platform.makeStream([ear]));
    const voice = new Voice();
    while (meter && wanted()) {
      if (voice.look(meter.rms())) this.#life.tell('speaking-while-muted', undefined);
      await new Promise<void>((done) => void this.#life.world.timers.after(LOOK_MS, done));
    }
    meter?.close();
    ear?.stop();
    this.#listening = false;
  }
}
