/** The calls of a client: begun, found by their names on the link, ended, and heard. */
import { Microphone } from '../audio/microphone.js';
import { Sound } from '../audio/sound.js';
import { freshId } from '../core/clock.js';
import { ending, type OffhookError } from '../core/errors.js';
import type { CallFrame, IceServer, Incoming, PageFrame } from '../core/frames.js';
import type { Log } from '../core/log.js';
import { Bell } from './bell.js';
import { Call } from './call.js';
import { CallAudio } from './call-audio.js';
import { type CallFacts, CallLife, type CallWorld } from './call-life.js';
import { type CallOptions, type ConnectOptions, soundsOf } from './options.js';
import type { Platform } from './platform.js';

const CODECS = ['opus', 'PCMU', 'PCMA'] as const;
const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** What the calls of a client need. */
export interface SwitchboardWorld {
  readonly platform: Platform;
  readonly options: ConnectOptions;
  readonly log: Log;
  send(frame: PageFrame): void;
  iceServers(): readonly IceServer[];
}

interface Both {
  readonly life: CallLife;
  readonly call: Call;
}

/** All calls of one client. */
export class Switchboard {
  readonly #world: SwitchboardWorld;
  readonly #sound: Sound;
  readonly #microphone: Microphone;
  readonly #bell: Bell;
  readonly #calls: Map<string, Both> = new Map();

  constructor(world: SwitchboardWorld) {
    const { platform, options } = world;
    this.#world = world;
    this.#sound = new Sound({ makeContext: () => platform.makeContext(), page: platform.page });
    this.#bell = new Bell(this.#sound, soundsOf(options.sounds));
    this.#microphone = new Microphone((constraints) => platform.openMicrophone(constraints), {
      ...MICROPHONE,
      ...options.microphone,
    });
  }

  /** The calls there are, oldest first. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()].map(({ call }) => call);
  }

  /** The microphone of all calls. */
  get microphone(): Microphone {
    return this.#microphone;
  }

  /** Begins an outgoing call; when that fails nothing is left of it. */
  async dial(
    from: string,
    to: string,
    { parameters = {}, headers = {} }: CallOptions,
  ): Promise<Call> {
    const { life, call } = this.#begin({
      name: freshId(this.#world.platform.random),
      direction: 'outgoing',
      id: '',
      from,
      to,
      callerName: '',
      parameters,
      headers,
      offer: '',
    });
    try {
      await life.invite();
    } catch (error) {
      life.finish(ending('failed', 'you'));
      throw error;
    }
    return call;
  }

  /** Somebody calls. */
  ring(frame: Incoming): Call {
    const { call, life } = this.#begin({
      name: frame.call,
      direction: 'incoming',
      id: frame.id,
      from: frame.from,
      to: frame.to,
      callerName: frame.name ?? '',
      parameters: frame.parameters ?? {},
      headers: frame.headers ?? {},
      offer: frame.sdp,
    });
    this.#world.send({ type: 'ring', call: frame.call });
    this.#changed(life);
    return call;
  }

  /** A frame about a call; calls that are over are not remembered. */
  take(frame: CallFrame): void {
    this.#calls.get(frame.call)?.life.take(frame);
  }

  /** The server could not obey a frame about a call. False when there is no such call. */
  fault(name: string | undefined, error: OffhookError): boolean {
    const both = this.#calls.get(name ?? '');
    both?.life.tell('error', error);
    return both !== undefined;
  }

  /** The network may be another one. */
  moved(): void {
    for (const { life } of this.#calls.values()) life.audio.moved();
  }

  /** The link is gone, and all calls with it. */
  lost(): void {
    for (const { life } of [...this.#calls.values()]) life.finish(ending('device-lost', 'us'));
  }

  /** The page wants no more calls. */
  hangUp(): void {
    for (const { life } of [...this.#calls.values()]) life.hangup();
  }

  /** Lets the sound devices go. */
  close(): void {
    this.#bell.close();
    this.#sound.close();
  }

  #begin(facts: CallFacts): Both {
    const life = new CallLife(facts, this.#callWorld());
    const both = { life, call: new Call(life) };
    this.#calls.set(facts.name, both);
    this.#world.log.info('call.began', { direction: facts.direction, pii: { to: facts.to } });
    return both;
  }

  #callWorld(): CallWorld {
    const { platform, options, log, send, iceServers } = this.#world;
    return {
      log,
      timers: platform.timers,
      freshId: () => freshId(platform.random),
      send,
      pressed: (digit) => this.#bell.pressed(digit),
      changed: (life) => this.#changed(life),
      makeAudio: (call, news) =>
        new CallAudio({
          ...news,
          call,
          platform,
          microphone: this.#microphone,
          sound: this.#sound,
          iceServers: iceServers(),
          codecs: options.codecs ?? CODECS,
          log,
          send,
        }),
    };
  }

  #changed(life: CallLife): void {
    if (life.state === 'ended') {
      this.#calls.delete(life.facts.name);
      // A call that was turned away at once, or by hand here, needs no sound.
      if (life.answered !== undefined || life.ending?.by === 'peer') this.#bell.ended();
    }
    this.#bell.look([...this.#calls.values()].map((both) => both.life));
  }
}
