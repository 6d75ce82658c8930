/** A page's connection to its server, as the page sees it. */
import type { DeviceChange, Devices } from '../audio/devices.js';
import type { NoiseReduction } from '../audio/noise.js';
import type { SoundBoard } from '../audio/sound-player.js';
import { Emitter } from '../core/emitter.js';
import { OffhookError } from '../core/errors.js';
import type { Incoming, RunningCall, ServerFrame } from '../core/frames.js';
import type { LossCause } from '../core/link.js';
import { Log, LogBuffer } from '../core/log.js';
import { loadBitrate } from '../rtc/peer.js';
import { AudioKit } from './audio-kit.js';
import type { Call } from './call.js';
import { CallRegistry } from './call-registry.js';
import { checkCall, checkFeedback, checkToken } from './checks.js';
import type { ClientContext } from './client-context.js';
import { Connection, type ConnectTarget } from './connection.js';
import type { ClientState, Identity } from './events.js';
import type { CallOptions, ConnectOptions, Feedback } from './options.js';
import { Preflight } from './preflight.js';
import type { PreflightOptions } from './preflight-run.js';
import type { ResumeStore } from './resume-store.js';
import { UnloadGuard } from './unload-guard.js';

/** The events of a client. @public */
export interface ClientEvents {
  /** The connection to the server has changed. */
  state: ClientState;
  /** Calls reach this page now, also after a reconnection that began a new link. */
  registered: { readonly devices: number };
  /** Calls reach this page no longer. */
  unregistered: undefined;
  /** An incoming call; answer with {@link Call.accept}, {@link Call.reject} or {@link Call.ignore}. */
  incoming: Call;
  /** A call of this page began, in either direction. */
  call: Call;
  /** A device was plugged in or unplugged. */
  devices: DeviceChange;
  /** Something failed that no promise reports; its `hint` is what to do. */
  error: OffhookError;
}

const UNLOAD = { type: 'unload' } as const;

/**
 * A connection to an offhook server. Made by {@link connect}.
 *
 * @public
 */
export class Client extends Emitter<ClientEvents> {
  /** The sound devices, and which of them are used. */
  readonly devices: Devices;
  /** The sounds that the SDK makes by itself. */
  readonly sounds: SoundBoard;
  /** Removes noise from the microphone's sound. */
  readonly noise: NoiseReduction;
  readonly #kit: AudioKit;
  readonly #ownKit: boolean;
  readonly #connection: Connection;
  readonly #registry: CallRegistry;
  readonly #resumeStore: ResumeStore;
  readonly #surviveReload: boolean;
  readonly #unloadGuard: UnloadGuard;
  readonly #logBuffer: LogBuffer = new LogBuffer();
  #registered = false;
  #wantsRegistration = false;
  #error: OffhookError | undefined;

  /** @internal */
  constructor(options: ConnectOptions, { address, auth, platform, resumeStore }: ConnectTarget) {
    super();
    const log = new Log(this.#logBuffer.tee(options.log, options.logLevel), 'debug');
    this.#ownKit = options.audio === undefined;
    this.#kit = options.audio ?? new AudioKit(options, platform);
    ({ devices: this.devices, sounds: this.sounds, noise: this.noise } = this.#kit);
    this.#surviveReload = options.surviveReload ?? true;
    this.#resumeStore = resumeStore;
    const connection = new Connection(
      { address, auth, options, platform, log, attach: resumeStore.previous },
      {
        state: (state) => this.#changed(state),
        welcome: (fresh, calls) => this.#welcomed(fresh, calls),
        reattached: ({ calls = [], registered }, restated) => {
          this.#registry.reattach(calls, restated);
          if (!registered) this.#unregistered();
        },
        calls: () => this.#registry.listed,
        lost: (cause) => this.#linkLost(cause),
        frame: (frame) => this.#handle(frame),
        received: (frames) => this.#registry.received(frames),
        requestFailed: (error) => {
          if (!this.#registry.handleError(error.call, error)) this.emit('error', error);
        },
        failed: (error) => this.#failed(error),
        networkChanged: () => this.#registry.observe('network-changed'),
        unloading: () => this.#unloading(platform.wallTime()),
      },
    );
    this.#connection = connection;
    this.#unloadGuard = new UnloadGuard(platform.page, options, () => connection.send(UNLOAD));
    const context: ClientContext = {
      platform,
      audio: this.#kit,
      options,
      log,
      connection,
      tabChannelName: () => {
        const { party } = connection;
        return party && `offhook ${address} ${party.account}/${party.name}`;
      },
      feedback: (id, feedback) => this.feedback(id, feedback),
    };
    this.#registry = new CallRegistry(context, () =>
      this.#unloadGuard.update(this.calls.length > 0),
    );
    if (this.#ownKit) this.#followDevices(options);
    // So that no call has to wait for it.
    if (options.maxAverageBitrate) loadBitrate().catch(() => undefined);
    this.#connection.start();
  }

  /** Whether the server can be reached now. */
  get state(): ClientState {
    return this.#connection.state;
  }

  /** Whether calls reach this page. */
  get registered(): boolean {
    return this.#registered;
  }

  /** The last error that no promise reported; of a closed client, why it is closed. */
  get error(): OffhookError | undefined {
    return this.#error;
  }

  /** The WebSocket's close code and reason of the last lost connection; nothing if none was lost. */
  get lastClose(): { readonly code: number; readonly reason: string } | undefined {
    return this.#connection.dropped;
  }

  /** Who the page is; nothing before the first connection. */
  get identity(): Identity | undefined {
    return this.#connection.identity;
  }

  /** The calls there are, oldest first. */
  get calls(): readonly Call[] {
    return this.#registry.calls;
  }

  /**
   * Lets calls reach this page, from now until {@link Client.unregister}, over all reconnections.
   *
   * @throws {@link OffhookError} `incoming-not-allowed`, `too-many-devices`, `no-reply` or `link-ended`.
   */
  async register(): Promise<void> {
    this.#wantsRegistration = true;
    try {
      await this.#connection.request({ type: 'register' }, 'registered');
    } catch (error) {
      this.#wantsRegistration = false;
      throw error;
    }
  }

  /** Lets no more calls reach this page. Fails as {@link Client.register} does. */
  async unregister(): Promise<void> {
    this.#wantsRegistration = false;
    await this.#connection.request({ type: 'unregister' }, 'unregistered');
  }

  /**
   * Makes a call. Settles when the microphone is open and the server has been asked; what becomes of
   * the call, its events and {@link Call.whenAnswered} report.
   *
   * @param to - What the application gets as the number or name that was dialled; at most 256 letters.
   * @throws {@link OffhookError} `bad-argument`, `not-connected`, `invalid-access-token-grants`, `aborted`, or what
   * kept the microphone shut.
   */
  async call(to: string, options: CallOptions = {}): Promise<Call> {
    checkCall(to, options);
    const { name, outgoing } = this.#party();
    if (!outgoing) throw new OffhookError('invalid-access-token-grants');
    const call = await this.#registry.dial(name, to, options);
    this.emit('call', call);
    return call;
  }

  /**
   * Takes a new access token now; calls go on.
   *
   * @throws {@link OffhookError} `bad-argument`, what the server reports, `no-reply` or `link-ended`.
   */
  renew(token: string): Promise<void> {
    return this.#connection.renew(checkToken(token));
  }

  /**
   * Stores a user's feedback on a call, by the call's id; also after its end.
   *
   * @throws {@link OffhookError} `bad-argument`, `not-found`, `no-reply` or `link-ended`.
   */
  async feedback(callId: string, feedback: Feedback): Promise<void> {
    checkFeedback(feedback);
    const { score, issues = [], note = '', sendLog = false } = feedback;
    const log = sendLog ? { log: this.#logBuffer.lines } : {};
    await this.#connection.request(
      { type: 'feedback', id: callId, score, issues, note, ...log },
      'done',
    );
  }

  /**
   * Tries whether and how well sound gets through, without calling anyone. Takes a minute by default;
   * {@link Preflight.done} has the verdict.
   */
  preflight(options: PreflightOptions = {}): Preflight {
    return new Preflight(options, {
      kit: this.#kit,
      dial: async (setup) =>
        this.#registry.dial(this.#party().name, '', {}, { quiet: true, setup }),
    });
  }

  /** Takes another microphone, or the same with other constraints, for all calls from now on. */
  setMicrophone(constraints: MediaTrackConstraints): Promise<void> {
    return this.#kit.microphone.use(constraints);
  }

  /** Ends all calls and the connection, for good. */
  close(): void {
    this.#registry.hangUp();
    this.#connection.end(undefined);
  }

  #party(): { readonly name: string; readonly outgoing: boolean } {
    const { party, state } = this.#connection;
    if (state === 'closed') throw new OffhookError('link-ended');
    if (state !== 'connected' || !party) throw new OffhookError('not-connected');
    return party;
  }

  /** The kit is our own: its events are ours, and so are the options for it. */
  #followDevices({ noiseReduction }: ConnectOptions): void {
    this.devices.on('change', (change) => this.emit('devices', change));
    this.devices.on('error', (error) => this.#failed(error));
    if (noiseReduction === true) this.noise.start().catch((error) => this.#failed(error));
  }

  #changed(state: ClientState): void {
    this.#registry.observe(state === 'connected' ? 'link-restored' : 'link-lost');
    if (state === 'closed') {
      this.#registry.close();
      if (this.#ownKit) this.#kit.close();
    }
    this.emit('state', state);
  }

  #welcomed(fresh: boolean, calls: readonly RunningCall[]): void {
    this.sounds.prepare();
    for (const running of calls) this.emit('call', this.#registry.resume(running));
    if (!fresh || !this.#wantsRegistration || this.#registered) return;
    this.#connection
      .request({ type: 'register' }, 'registered')
      .catch((error: OffhookError) => this.#failed(error));
  }

  /** The page is unloaded: its calls wait for the next one, if there are any. */
  #unloading(now: number): boolean {
    const { key } = this.#connection;
    if (!this.#surviveReload || !key || this.calls.length === 0) return false;
    this.#resumeStore.save(key, now);
    this.#connection.send(UNLOAD);
    return true;
  }

  #linkLost(cause: LossCause): void {
    this.#registry.linkLost(cause);
    this.#unregistered();
  }

  #unregistered(): void {
    if (!this.#registered) return;
    this.#registered = false;
    this.emit('unregistered', undefined);
  }

  #failed(error: OffhookError): void {
    this.#error = error;
    this.emit('error', error);
  }

  #handle(frame: ServerFrame): void {
    if (frame.type === 'registered') {
      this.#registered = true;
      this.emit('registered', { devices: frame.devices });
    } else if (frame.type === 'unregistered') this.#unregistered();
    else if (frame.type === 'incoming') this.#receiveCall(frame);
    else if ('call' in frame && frame.type !== 'stats') this.#registry.handle(frame);
  }

  #receiveCall(frame: Incoming): void {
    let call: Call | undefined;
    try {
      call = this.#registry.receive(frame);
    } catch (error) {
      // This browser cannot take it; another device of this name may.
      this.#connection.send({ type: 'ignore', call: frame.call });
      this.#failed(error as OffhookError);
      return;
    }
    if (!call) return;
    this.emit('call', call);
    this.emit('incoming', call);
  }
}
