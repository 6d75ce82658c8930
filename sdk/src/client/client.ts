/** A page's connection to its server, as the page sees it. */
import { Emitter } from '../core/emitter.js';
import { OffhookError } from '../core/errors.js';
import type { Credentials, Incoming, ServerFrame } from '../core/frames.js';
import { Log } from '../core/log.js';
import type { Call } from './call.js';
import type { ClientEvents } from './client-events.js';
import { Connection } from './connection.js';
import type { ClientState, Identity } from './events.js';
import { type CallOptions, type ConnectOptions, checkCall } from './options.js';
import type { Platform } from './platform.js';
import { Switchboard } from './switchboard.js';

/**
 * A connection to an offhook server. Made by {@link connect}.
 *
 * @public
 */
export class Client extends Emitter<ClientEvents> {
  readonly #connection: Connection;
  readonly #board: Switchboard;
  #registered = false;
  #wantsCalls = false;
  #error: OffhookError | undefined;

  /** @internal */
  constructor(address: string, auth: Credentials, options: ConnectOptions, platform: Platform) {
    super();
    const log = new Log(options.log ?? (() => undefined), options.logLevel ?? 'info');
    this.#board = new Switchboard({
      platform,
      options,
      log,
      send: (frame) => void this.#connection.send(frame),
      iceServers: () => this.#connection.iceServers,
    });
    this.#connection = new Connection(
      { address, auth, options, platform, log },
      {
        state: (state) => this.#changed(state),
        welcome: (fresh) => this.#welcomed(fresh),
        lost: () => this.#lost(),
        frame: (frame) => this.#take(frame),
        fault: ({ code, message, call }) => {
          const error = new OffhookError(code, { message, call });
          if (!this.#board.fault(call, error)) this.emit('error', error);
        },
        failed: (error) => this.#failed(error),
        moved: () => this.#board.moved(),
      },
    );
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

  /** The last error that no promise spoke of; of a closed client, why it is closed. */
  get error(): OffhookError | undefined {
    return this.#error;
  }

  /** Who the page is; nothing before the first connection. */
  get identity(): Identity | undefined {
    const party = this.#connection.party;
    if (!party) return undefined;
    const { name, account, outgoing, incoming, expires_at: at } = party;
    const expiresAt = at === null ? null : new Date(at * 1000);
    return { name, account, outgoing, incoming, expiresAt };
  }

  /** The calls there are, oldest first. */
  get calls(): readonly Call[] {
    return this.#board.calls;
  }

  /**
   * Lets calls reach this page, from now until {@link Client.unregister}, over all reconnections.
   *
   * @throws {@link OffhookError} `incoming-not-allowed`, `too-many-devices`, `no-reply` or `link-ended`.
   */
  async register(): Promise<void> {
    this.#wantsCalls = true;
    try {
      await this.#connection.ask({ type: 'register' }, 'registered');
    } catch (error) {
      this.#wantsCalls = false;
      throw error;
    }
  }

  /** Lets no more calls reach this page. Fails as {@link Client.register} does. */
  async unregister(): Promise<void> {
    this.#wantsCalls = false;
    await this.#connection.ask({ type: 'unregister' }, 'unregistered');
  }

  /**
   * Calls somebody. Settles when the microphone is open and the server has been asked; what becomes of
   * the call, its events and {@link Call.whenAnswered} tell.
   *
   * @param to - What the application gets as the number or name that was dialled; at most 256 letters.
   * @throws {@link OffhookError} `bad-argument`, `not-connected`, `invalid-access-token-grants`, or what
   * kept the microphone shut.
   */
  async call(to: string, options: CallOptions = {}): Promise<Call> {
    checkCall(to, options);
    const { party, state } = this.#connection;
    if (state === 'closed') throw new OffhookError('link-ended');
    if (state !== 'connected' || !party) throw new OffhookError('not-connected');
    if (!party.outgoing) throw new OffhookError('invalid-access-token-grants');
    const call = await this.#board.dial(party.name, to, options);
    this.emit('call', call);
    return call;
  }

  /** Takes another microphone, or the same with other wishes, for all calls from now on. */
  setMicrophone(constraints: MediaTrackConstraints): Promise<void> {
    return this.#board.microphone.use(constraints);
  }

  /** Ends all calls and the connection, for good. */
  close(): void {
    this.#board.hangUp();
    this.#connection.end(undefined);
  }

  #changed(state: ClientState): void {
    if (state === 'closed') this.#board.close();
    this.emit('state', state);
  }

  #welcomed(fresh: boolean): void {
    if (!fresh || !this.#wantsCalls || this.#registered) return;
    this.#connection
      .ask({ type: 'register' }, 'registered')
      .catch((error: OffhookError) => this.#failed(error));
  }

  #lost(): void {
    this.#board.lost();
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

  #take(frame: ServerFrame): void {
    if (frame.type === 'registered') {
      this.#registered = true;
      this.emit('registered', { devices: frame.devices });
    } else if (frame.type === 'unregistered') this.#unregistered();
    else if (frame.type === 'incoming') this.#ring(frame);
    else if ('call' in frame) this.#board.take(frame);
  }

  #ring(frame: Incoming): void {
    let call: Call;
    try {
      call = this.#board.ring(frame);
    } catch (error) {
      // This browser cannot take it; another device of this name may.
      this.#connection.send({ type: 'ignore', call: frame.call });
      this.#failed(error as OffhookError);
      return;
    }
    this.emit('call', call);
    this.emit('incoming', call);
  }
}
