/** Watches over one call while it is up: how it fares, and whether somebody speaks who is muted. */
import type { PacketStats } from '../quality/diagnosis.js';
import type { AudioKit } from './audio-kit.js';
import type { CallLife } from './call-life.js';
import type { CallQuality } from './call-quality.js';
import { loadQuality, loadVoice } from './pieces.js';

/** What watching needs. */
export interface WatchWorld {
  readonly kit: AudioKit;
  /** Whether the server is told. */
  readonly insights: boolean;
  /** Asks the server what it has counted. */
  count(): Promise<PacketStats>;
  /** Whether somebody wants to know of speech. */
  heard(): boolean;
}

/** One call's. What watches is loaded with the page's first call; without it the call goes on unwatched. */
export class CallWatch {
  readonly #life: CallLife;
  readonly #world: WatchWorld;
  #quality: CallQuality | undefined;
  #begun = false;
  #over = false;
  #voice: { begin(): void } | undefined;

  constructor(life: CallLife, world: WatchWorld) {
    this.#life = life;
    this.#world = world;
  }

  /** The call is answered. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#loaded(loadQuality(), ({ CallQuality }) => {
      const { insights, count } = this.#world;
      this.#quality = new CallQuality(this.#life, insights, count);
    });
  }

  /** The call is over. */
  end(): void {
    this.#over = true;
    this.#quality?.end();
  }

  /** The call was muted, or somebody has begun to care whether there is speech meanwhile. */
  muted(): void {
    if (this.#voice) this.#voice.begin();
    else if (this.#wanted()) {
      void this.#loaded(loadVoice(), ({ MutedVoice }) => {
        this.#voice ??= new MutedVoice(this.#voiceWorld());
        this.#voice.begin();
      });
    }
  }

  async #loaded<Piece>(loading: Promise<Piece>, use: (piece: Piece) => void): Promise<void> {
    try {
      const piece = await loading;
      if (!this.#over) use(piece);
    } catch (fault) {
      this.#life.world.log.warn('piece.missing', { why: String(fault) });
    }
  }

  #wanted(): boolean {
    return this.#life.muted && this.#life.state === 'up' && this.#world.heard();
  }

  #voiceWorld(): ConstructorParameters<typeof import('../audio/voice.js').MutedVoice>[0] {
    const { sound, platform } = this.#world.kit;
    return {
      tap: (tap) => this.#life.audio.saying.tap(tap),
      sound,
      timers: platform.timers,
      makeStream: (tracks) => platform.makeStream(tracks),
      wanted: () => this.#wanted(),
      spoke: () => this.#life.tell('speaking-while-muted', undefined),
    };
  }
}
