/** The calls of a client: begun, found by their names on the link, rung for, and ended. */
import { freshId } from '../core/clock.js';
import { ending, OffhookError } from '../core/errors.js';
import type { CallFrame, Incoming, PageCall, PageFrame, RunningCall } from '../core/frames.js';
import type { LossCause } from '../core/link.js';
import type { PathSign } from '../core/recovery.js';
import { Call } from './call.js';
import { CallController, type CallHooks, type CallInfo } from './call-controller.js';
import type { ClientContext } from './client-context.js';
import type { CallMediaOptions, CallOptions } from './options.js';
import { Ringer } from './ringer.js';

interface Entry {
  readonly controller: CallController;
  readonly call: Call;
}

/** What the server says of a call. */
function infoOf(
  { call, id, from, to, name = '', parameters = {}, headers = {} }: Incoming | RunningCall,
  direction: CallInfo['direction'],
  offer: string,
): CallInfo {
  return { name: call, direction, id, from, to, callerName: name, parameters, headers, offer };
}

/** All calls of one client. */
export class CallRegistry {
  readonly #context: ClientContext;
  readonly #changed: () => void;
  readonly #calls: Map<string, Entry> = new Map();
  readonly #hooks: CallHooks;
  /**
   * Calls that are known although they may have ended here: those that a restarted server had, too, and incoming ones
   * until the server has their rejection. A restarted server offers them once more before it reads of their end.
   */
  readonly #known: Set<string> = new Set();
  #ringer: Ringer | undefined;

  /** @param changed - Is called when a call has begun, changed its state or ended. */
  constructor(context: ClientContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
    this.#hooks = {
      changed: (controller) => this.#callChanged(controller),
      accepting: (controller, others) => this.#yieldTo(controller, others),
      keyPressed: (digit) => this.#ring().keyPressed(digit),
    };
  }

  get #controllers(): CallController[] {
    return [...this.#calls.values()].map(({ controller }) => controller);
  }

  /** The calls there are, oldest first; not those that only try the network. */
  get calls(): readonly Call[] {
    const shown = [...this.#calls.values()].filter(({ controller }) => !controller.info.quiet);
    return shown.map(({ call }) => call);
  }

  /** Begins an outgoing call; when that fails nothing is left of it. */
  async dial(
    from: string,
    to: string,
    options: CallOptions,
    more: { readonly quiet?: boolean; readonly setup?: CallMediaOptions } = {},
  ): Promise<Call> {
    const { parameters = {}, headers = {}, microphone, ice, codecs, signal } = options;
    const { quiet = false, setup } = more;
    const name = freshId(this.#context.platform.random);
    const known = { name, direction: 'outgoing', id: '', from, to, callerName: '' } as const;
    const { controller, call } = this.#add(
      { ...known, parameters, headers, offer: '', quiet },
      { microphone, ice, codecs, ...setup },
    );
    signal?.addEventListener('abort', () => controller.hangup(), { once: true });
    try {
      if (signal?.aborted) throw new OffhookError('aborted');
      this.#callChanged(controller);
      await controller.invite();
      if (signal?.aborted) throw new OffhookError('aborted');
    } catch (error) {
      controller.finish(ending('failed', 'local'));
      throw error;
    }
    return call;
  }

  /** An incoming call; nothing when it is known. */
  receive(frame: Incoming): Call | undefined {
    const known = this.#calls.get(frame.call);
    known?.controller.offer.replace(frame.sdp);
    if (known || this.#known.has(frame.call)) return undefined;
    const { call, controller } = this.#add(infoOf(frame, 'incoming', frame.sdp));
    controller.send({ type: 'ring', call: frame.call });
    this.#callChanged(controller);
    return call;
  }

  /** A call that the page before this one had. */
  resume(running: RunningCall): Call {
    const { call, controller } = this.#add({ ...infoOf(running, running.direction, ''), running });
    void controller.resume(running);
    this.#changed();
    return call;
  }

  /** The calls as a server that was restarted wants them; not those that only try the network. */
  get listed(): readonly PageCall[] {
    return this.#controllers
      .filter(({ info }) => !info.quiet)
      .map(({ info, id, state, muted, held }) => ({
        call: info.name,
        id,
        state: state === 'ignored' ? 'incoming' : (state as PageCall['state']),
        muted,
        held,
      }));
  }

  /** The server was restarted and has these calls; the others have ended. */
  reattach(calls: readonly RunningCall[], restated: ReadonlyMap<number, number>): void {
    for (const { call } of calls) this.#known.add(call);
    for (const controller of this.#controllers) {
      const running = calls.find(({ call }) => call === controller.info.name);
      if (running) controller.reattach(running);
      else if (!controller.invites(restated))
        controller.finish(ending('server-restarted', 'server'));
    }
  }

  /** A frame about a call; calls that are over are not remembered. */
  handle(frame: CallFrame): void {
    this.#calls.get(frame.call)?.controller.handle(frame);
  }

  /** The server refused a frame about a call. False when the error must be reported elsewhere. */
  handleError(name: string | undefined, error: OffhookError): boolean {
    const entry = this.#calls.get(name ?? '');
    entry?.controller.emit('error', error);
    // A frame that crossed the end of its call is late, not wrong.
    return entry !== undefined || error.code === 'no-such-call';
  }

  /** The server has these frames. */
  received(frames: readonly PageFrame[]): void {
    for (const frame of frames) {
      if (frame.type === 'message')
        this.#calls.get(frame.call)?.controller.emit('message-sent', { id: frame.id });
      else if (frame.type === 'reject' || frame.type === 'hangup') this.#known.delete(frame.call);
    }
  }

  /** Something was seen of the network or the link, which the paths of all calls depend on. */
  observe(sign: PathSign): void {
    for (const controller of this.#controllers) controller.audio.observe(sign);
  }

  /** The link is gone, and all calls with it. */
  linkLost(cause: LossCause): void {
    this.#known.clear();
    for (const controller of this.#controllers) controller.finish(ending(cause, 'server'));
  }

  /** The page wants no more calls. */
  hangUp(): void {
    for (const controller of this.#controllers) controller.hangup();
  }

  /** Rings no more. */
  close(): void {
    this.#ringer?.close();
  }

  #add(info: CallInfo, setup: CallMediaOptions = {}): Entry {
    const controller = new CallController(info, this.#context, this.#hooks, setup);
    const entry = { controller, call: new Call(controller) };
    this.#calls.set(info.name, entry);
    this.#context.log.info('call.started', { direction: info.direction, pii: { to: info.to } });
    return entry;
  }

  /** Another call is about to be accepted. */
  #yieldTo(accepted: CallController, others: 'hold' | 'hangup'): void {
    for (const { controller, call } of [...this.#calls.values()]) {
      if (controller === accepted || controller.state !== 'up' || controller.info.quiet) continue;
      if (others === 'hangup') call.hangup();
      else void call.hold().catch((error: OffhookError) => controller.emit('error', error));
    }
  }

  /** Made with the first call: only then the page's identity is known. */
  #ring(): Ringer {
    this.#ringer ??= new Ringer(this.#context);
    return this.#ringer;
  }

  #callChanged(controller: CallController): void {
    const { state, info } = controller;
    if (state === 'up' && info.direction === 'outgoing' && !info.quiet) this.#ring().answered();
    if (state === 'ended') {
      this.#calls.delete(info.name);
      if (info.direction === 'incoming' && controller.ending?.by === 'local')
        this.#known.add(info.name);
      // A call that was refused at once, or declined here, needs no sound.
      const got = controller.answeredAt !== undefined || controller.ending?.by === 'peer';
      if (got && !info.quiet) this.#ring().ended();
    }
    this.#ring().update(this.#controllers);
    this.#changed();
  }
}
