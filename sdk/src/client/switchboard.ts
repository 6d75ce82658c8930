/** The calls of a client: begun, found by their names on the link, ended, and heard. */
import { freshId } from '../core/clock.js';
import { ending, OffhookError } from '../core/errors.js';
import type {
  CallFrame,
  IceServer,
  Incoming,
  PageFrame,
  RunningCall,
  StatsFrame,
} from '../core/frames.js';
import type { Log } from '../core/log.js';
import type { LossCause } from '../core/outputs.js';
import type { PacketStats } from '../quality/diagnosis.js';
import type { AudioKit } from './audio-kit.js';
import { Bell } from './bell.js';
import { Call } from './call.js';
import { CallAudio } from './call-audio.js';
import type { CallDeeds } from './call-deeds.js';
import { type CallFacts, CallLife, type CallWorld } from './call-life.js';
import { CallWatch } from './call-watch.js';
import type { CallMediaOptions } from './call-wish.js';
import type { CallOptions, ConnectOptions, Feedback } from './options.js';
import { Tabs } from './tabs.js';

const CODECS = ['opus', 'PCMU', 'PCMA'] as const;

/** What the calls of a client need. */
export interface SwitchboardWorld {
  readonly kit: AudioKit;
  readonly options: ConnectOptions;
  readonly log: Log;
  /** Names the place where tabs of the same user talk; nothing before it is known who that is. */
  whisperName(): string | undefined;
  send(frame: PageFrame): number | undefined;
  ask<Answer>(frame: PageFrame, answer: string): Promise<Answer>;
  feedback(id: string, feedback: Feedback): Promise<void>;
  iceServers(): readonly IceServer[];
  /** How long a call's path may be away, in milliseconds, if the server says so. */
  recoveryMs(): number | undefined;
  /** A call has begun, moved or ended. */
  changed(): void;
  /** A call's path is dead, and whatever else goes the same way. */
  stranded(): void;
}

interface Both {
  readonly life: CallLife;
  readonly call: Call;
  readonly watch: CallWatch;
}

/** All calls of one client. */
export class Switchboard {
  readonly #world: SwitchboardWorld;
  readonly #calls: Map<string, Both> = new Map();
  #bell: Bell | undefined;

  constructor(world: SwitchboardWorld) {
    this.#world = world;
  }

  /** The calls there are, oldest first; not those that only try the network. */
  get calls(): readonly Call[] {
    const shown = [...this.#calls.values()].filter(({ life }) => !life.facts.quiet);
    return shown.map(({ call }) => call);
  }

  /** Begins an outgoing call; when that fails nothing is left of it. */
  async dial(
    from: string,
    to: string,
    options: CallOptions,
    more: { readonly quiet?: boolean; readonly wish?: CallMediaOptions } = {},
  ): Promise<Call> {
    const { parameters = {}, headers = {}, microphone, ice, codecs, signal } = options;
    const { quiet = false, wish } = more;
    const name = freshId(this.#world.kit.platform.random);
    const known = { name, direction: 'outgoing', id: '', from, to, callerName: '' } as const;
    const { life, call } = this.#begin(
      { ...known, parameters, headers, offer: '', quiet },
      { microphone, ice, codecs, ...wish },
    );
    const give = (): void => {
      if (life.state === 'dialing' && life.id === '') life.finish(ending('cancelled', 'local'));
      else life.hangup();
    };
    signal?.addEventListener('abort', give, { once: true });
    try {
      if (signal?.aborted) throw new OffhookError('aborted');
      this.#changed(life);
      await life.invite();
      if (signal?.aborted) throw new OffhookError('aborted');
    } catch (error) {
      life.finish(ending('failed', 'local'));
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

  /** A call that the page before this one had. */
  resume(running: RunningCall): Call {
    const { call, life, watch } = this.#begin({
      name: running.call,
      direction: running.direction,
      id: running.id,
      from: running.from,
      to: running.to,
      callerName: running.name ?? '',
      parameters: running.parameters ?? {},
      headers: running.headers ?? {},
      offer: '',
      running,
    });
    void life.resume(running);
    watch.begin();
    this.#world.changed();
    return call;
  }

  /** A frame about a call; calls that are over are not remembered. */
  take(frame: CallFrame): void {
    this.#calls.get(frame.call)?.life.take(frame);
  }

  /** The server could not obey a frame about a call. False when somebody else has to hear of that. */
  fault(name: string | undefined, error: OffhookError): boolean {
    const both = this.#calls.get(name ?? '');
    both?.life.tell('error', error);
    // What crossed the end of its call on the way is late, not wrong.
    return both !== undefined || error.code === 'no-such-call';
  }

  /** The server has every frame up to this number. */
  received(seq: number): void {
    for (const { life } of this.#calls.values()) life.received(seq);
  }

  /** The network may be another one. */
  moved(): void {
    for (const { life } of this.#calls.values()) life.audio.moved();
  }

  /** The link is gone, and all calls with it. */
  lost(why: LossCause): void {
    for (const { life } of [...this.#calls.values()]) life.finish(ending(why, 'server'));
  }

  /** The page wants no more calls. */
  hangUp(): void {
    for (const { life } of [...this.#calls.values()]) life.hangup();
  }

  /** Rings no more. */
  close(): void {
    this.#bell?.close();
  }

  #begin(facts: CallFacts, wish: CallMediaOptions = {}): Both {
    const life = new CallLife(facts, this.#callWorld(), wish);
    const deeds: CallDeeds = {
      makeRoom: (others) => this.#makeRoom(life, others),
      transfer: (target) =>
        this.#world.ask({ type: 'transfer', call: facts.name, ...target }, 'done'),
      feedback: (feedback) => this.#world.feedback(life.id, feedback),
      packetStats: () => this.#counts(life),
      watchMuted: () => watch.muted(),
    };
    const watch = new CallWatch(life, {
      kit: this.#world.kit,
      insights: (this.#world.options.insights ?? true) && !facts.quiet,
      count: () => this.#counts(life),
      heard: () => call.hasListeners('speaking-while-muted'),
    });
    const call: Call = new Call(life, deeds);
    const both = { life, call, watch };
    this.#calls.set(facts.name, both);
    this.#world.log.info('call.began', { direction: facts.direction, pii: { to: facts.to } });
    return both;
  }

  async #counts(life: CallLife): Promise<PacketStats> {
    if (life.state === 'ended') throw life.wrongState('count packets of');
    const frame = { type: 'get-stats', call: life.facts.name } as const;
    const { local, remote } = await this.#world.ask<StatsFrame>(frame, 'stats');
    return { local, remote: remote ?? undefined };
  }

  /** Another call is about to be taken. */
  #makeRoom(taken: CallLife, others: 'hold' | 'hangup'): void {
    for (const { life, call } of [...this.#calls.values()]) {
      if (life === taken || life.state !== 'up' || life.facts.quiet) continue;
      if (others === 'hangup') call.hangup();
      else void call.hold().catch((error: OffhookError) => life.tell('error', error));
    }
  }

  #callWorld(): CallWorld {
    const { kit, options, log, send, ask, iceServers, recoveryMs } = this.#world;
    return {
      log,
      timers: kit.platform.timers,
      freshId: () => freshId(kit.platform.random),
      send,
      ask,
      stranded: (life) => {
        log.warn('path.died', { call: life.id });
        this.#world.stranded();
        life.audio.died();
      },
      pressed: (digit) => this.#ringer().pressed(digit),
      changed: (life) => this.#changed(life),
      makeAudio: (call, wish, news) =>
        new CallAudio({
          ...news,
          call,
          kit,
          options,
          wish,
          iceServers: iceServers(),
          recoveryMs: recoveryMs(),
          codecs: options.codecs ?? CODECS,
          log,
          send,
        }),
    };
  }

  /** Made with the first call: only then it is known who the page is. */
  #ringer(): Bell {
    if (this.#bell) return this.#bell;
    const { kit, options } = this.#world;
    const { platform } = kit;
    const name = (options.tabs ?? true) ? this.#world.whisperName() : undefined;
    const tabs = new Tabs({
      timers: platform.timers,
      tab: freshId(platform.random),
      whisper: name === undefined ? undefined : platform.openWhisper(name),
      visible: () => platform.visible(),
      changed: () => this.#bell?.again(),
    });
    this.#bell = new Bell(kit.sounds, tabs);
    return this.#bell;
  }

  #changed(life: CallLife): void {
    const both = this.#calls.get(life.facts.name);
    if (life.state === 'up') {
      both?.watch.begin();
      const { direction, quiet } = life.facts;
      if (direction === 'outgoing' && !quiet) this.#ringer().answered();
    }
    if (life.state === 'ended') {
      both?.watch.end();
      this.#calls.delete(life.facts.name);
      // A call that was turned away at once, or by hand here, needs no sound.
      const got = life.answered !== undefined || life.ending?.by === 'peer';
      if (got && !life.facts.quiet) this.#ringer().ended();
    }
    this.#ringer().look([...this.#calls.values()].map((each) => each.life));
    this.#world.changed();
  }
}
