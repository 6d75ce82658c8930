/** All calls of one client: pending ones, and the active one. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import {
  bare,
  CallAdapter,
  type CallAdapterEvents,
  type CallView,
  DOMAIN,
  sipAddress,
} from './call-adapter.js';
import { extraHeadersOf } from './extra-headers.js';
import type { End } from './hangup-causes.js';
import { type ClientContext, digitOptions, keyOf } from './options.js';

/** What is done with the other calls that ring when one is answered; the page and the product spell it. */
const ACTIONS: Readonly<Record<string, 'reject' | 'ignore' | 'letring'>> = {
  reject: 'reject',
  ignore: 'ignore',
  ignored: 'ignore',
  letring: 'letring',
};

/** Events of the calls of one client. */
export interface CallsEvents {
  noMicrophone(error: OffhookError): void;
  ringing(adapter: CallAdapter): void;
  answered(adapter: CallAdapter): void;
  ended(adapter: CallAdapter): void;
}

/** The calls of one client. */
export class Calls {
  readonly #context: ClientContext;
  readonly #events: CallsEvents;
  readonly #ringing: Map<string, CallAdapter> = new Map();
  #current: CallAdapter | undefined;
  /** A call stays the current one until its end events are emitted. */
  #ending: CallAdapter | undefined;
  #lastAnswered: string | null = null;
  #muted = false;

  constructor(context: ClientContext, events: CallsEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** The active call, also while it is set up. */
  get current(): CallAdapter | undefined {
    return this.#current;
  }

  /** Those that ring here, by their ids, oldest first. */
  get ringing(): ReadonlyMap<string, CallAdapter> {
    return this.#ringing;
  }

  /** The id of the active call. */
  get uuid(): string | null {
    return (this.#current ?? this.#ending)?.uuid || null;
  }

  /** The id of the call that was answered last. */
  get lastAnswered(): string | null {
    return this.#lastAnswered;
  }

  /** Begins a call. */
  dial(client: Client, to: string, headers: Record<string, string>): void {
    const region = this.#context.settings.clientRegion;
    const constants = {
      direction: 'outgoing',
      src: sipAddress(client.identity?.name ?? ''),
      dest: to,
      extraHeaders: headers,
      stirShakenState: 'Not_applicable',
    } as const;
    const adapter = new CallAdapter(constants, this.#adapterEvents());
    this.#take(adapter);
    this.#context.emitLater('onCalling');
    void adapter.dial(client, { ...headers, ...(region && { 'X-ClientRegion': region }) });
  }

  /** An incoming call. */
  receive(call: Call, client: Client): void {
    const busy = this.#current !== undefined || this.#ringing.size > 0;
    if (busy && !this.#context.settings.allowMultipleIncomingCalls) {
      call.reject('busy');
      return;
    }
    const from = bare(call.from);
    const headers = extraHeadersOf(call.headers);
    const constants = {
      direction: 'incoming',
      src: from,
      dest: sipAddress(client.identity?.name ?? bare(call.to)),
      extraHeaders: headers,
      stirShakenState: call.headers['X-Plivo-Stir-Verification'],
    } as const;
    const adapter = new CallAdapter(constants, this.#adapterEvents(), call);
    this.#ringing.set(adapter.uuid, adapter);
    const id = from.includes('@') ? from : `${from}@${DOMAIN}`;
    this.#context.emit('onIncomingCall', id, headers, adapter.view(), call.callerName || from);
  }

  /** Takes a call that rings. */
  answer(callUUID: unknown, action: unknown): boolean {
    const adapter = callUUID ? this.#ringing.get(String(callUUID)) : this.#latest();
    const others = this.#others(action);
    if (!adapter) this.#context.log.error('There is no such incoming call to answer');
    else if (!others) this.#context.log.error(`There is no action ${action} on other calls`);
    if (!adapter || !others) return false;
    this.#ringing.delete(adapter.uuid);
    this.#current?.hangup();
    if (others !== 'letring') for (const other of [...this.#ringing.values()]) other[others]();
    this.#take(adapter);
    void adapter.answer();
    return true;
  }

  /** Ends the active call, also while it is set up. */
  hangup(): boolean {
    const adapter = this.#current;
    adapter?.hangup();
    return adapter !== undefined;
  }

  /** Declines a call that rings, or silences it; the latest if none is named that there is. */
  decline(how: 'reject' | 'ignore', callUUID: unknown): boolean {
    const adapter = this.#ringing.get(String(callUUID)) ?? this.#latest();
    if (!adapter) this.#context.log.warn(`There is no incoming call to ${how}`);
    adapter?.[how]();
    return adapter !== undefined;
  }

  /** Mutes the microphone. Without a call that is remembered for the next one. */
  mute(on: boolean): boolean {
    this.#muted = on;
    const adapter = this.#current;
    adapter?.call?.mute(on);
    return adapter !== undefined;
  }

  /** Sends a digit. */
  sendDigit(digit: unknown): void {
    const key = keyOf(digit);
    const call = this.#current?.call;
    if (!key) this.#context.log.error('sendDtmf takes one of 0-9, * and #');
    else if (!call) this.#context.log.warn('There is no call to press keys in');
    else {
      call.sendDigits(key, digitOptions(this.#context.settings.dtmfOptions)).catch((error) => {
        this.#context.log.warn(`The key was not sent: ${error.message}`);
      });
    }
  }

  /** Ends all of them. */
  hangUpAll(): void {
    this.#current?.hangup();
    for (const adapter of [...this.#ringing.values()]) adapter.reject();
  }

  #latest(): CallAdapter | undefined {
    return [...this.#ringing.values()].at(-1);
  }

  #others(action: unknown): 'reject' | 'ignore' | 'letring' | undefined {
    const several = this.#context.settings.allowMultipleIncomingCalls;
    if (!several || action === undefined || action === null || action === '') return 'reject';
    const name = String(action).toLowerCase();
    return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  }

  #take(adapter: CallAdapter): void {
    this.#current = adapter;
  }

  #adapterEvents(): CallAdapterEvents {
    const { emit, log } = this.#context;
    return {
      ringing: (adapter) => {
        this.#applyMute(adapter);
        this.#events.ringing(adapter);
        emit('onCallRemoteRinging', adapter.view());
      },
      answered: (adapter) => {
        this.#lastAnswered = adapter.uuid;
        this.#applyMute(adapter);
        this.#events.answered(adapter);
        emit('onCallAnswered', adapter.view());
      },
      connected: (adapter) => emit('onMediaConnected', adapter.view()),
      digit: (tone, seconds) =>
        emit('onDtmfReceived', { tone, duration: Math.round(1000 * seconds) }),
      remoteAudio: (audible) => emit('remoteAudioStatus', audible),
      noMicrophone: (error) => this.#events.noMicrophone(error),
      ended: (adapter, end) => {
        log.info(`Call ${adapter.uuid} is over: ${end.cause}`);
        this.#ended(adapter, end);
      },
    };
  }

  #applyMute(adapter: CallAdapter): void {
    if (this.#muted) adapter.call?.mute(true);
  }

  #ended(adapter: CallAdapter, end: End): void {
    this.#ringing.delete(adapter.uuid);
    if (this.#current === adapter) {
      this.#current = undefined;
      this.#ending = adapter;
      this.#muted = false;
    }
    this.#events.ended(adapter);
    this.#emitEnd(end, adapter.view());
    if (this.#ending === adapter) this.#ending = undefined;
  }

  #emitEnd(end: End, call: CallView): void {
    const { emit } = this.#context;
    const { originator, cause } = end;
    if (end.state === 'ended') emit('onCallTerminated', { originator, reason: cause }, call);
    else if (end.state === 'ignored') emit('onIncomingCallIgnored', call);
    else if (end.state === 'canceled' && call.direction === 'incoming') {
      emit('onIncomingCallCanceled', call);
    } else emit('onCallFailed', cause, call);
  }
}
