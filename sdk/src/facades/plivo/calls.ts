/** All calls of one client: those that ring here, and the one that talks. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import { bare, type CallView, DOMAIN, sipAddress } from './call-view.js';
import type { Console } from './console.js';
import { digitOptions, keyOf } from './dtmf.js';
import type { End } from './endings.js';
import { extraHeadersOf } from './extra-headers.js';
import type { Settings } from './options.js';
import { Talk, type TalkNews } from './talk.js';

/** What is done with the other calls that ring when one is answered; the page and the product spell it. */
const ACTIONS: Readonly<Record<string, 'reject' | 'ignore' | 'letring'>> = {
  reject: 'reject',
  ignore: 'ignore',
  ignored: 'ignore',
  letring: 'letring',
};

/** What calls need of their client. */
export interface CallsWorld {
  readonly settings: Settings;
  readonly log: Console;
  tell(event: string, ...values: unknown[]): void;
  /** Tells after the call of the page that this is about has returned. */
  tellLater(event: string, ...values: unknown[]): void;
  noMicrophone(error: OffhookError): void;
  ringing(talk: Talk): void;
  answered(talk: Talk): void;
  over(talk: Talk): void;
}

/** The calls of one client. */
export class Calls {
  readonly #world: CallsWorld;
  readonly #ringing: Map<string, Talk> = new Map();
  #current: Talk | undefined;
  /** While the page is told of its end, a call still is the one. */
  #ending: Talk | undefined;
  #lastAnswered: string | null = null;
  #muted = false;

  constructor(world: CallsWorld) {
    this.#world = world;
  }

  /** The call that talks, or is being made. */
  get current(): Talk | undefined {
    return this.#current;
  }

  /** Those that ring here, by their ids, oldest first. */
  get ringing(): ReadonlyMap<string, Talk> {
    return this.#ringing;
  }

  /** The id of the call that talks. */
  get uuid(): string | null {
    return (this.#current ?? this.#ending)?.uuid || null;
  }

  /** The id of the call that was answered last. */
  get lastAnswered(): string | null {
    return this.#lastAnswered;
  }

  /** Begins a call. */
  dial(client: Client, to: string, headers: Record<string, string>): void {
    const region = this.#world.settings.clientRegion;
    const constants = {
      direction: 'outgoing',
      src: sipAddress(client.identity?.name ?? ''),
      dest: to,
      extraHeaders: headers,
      stirShakenState: 'Not_applicable',
    } as const;
    const talk = new Talk(constants, this.#news());
    this.#take(talk);
    this.#world.tellLater('onCalling');
    void talk.dial(client, { ...headers, ...(region && { 'X-ClientRegion': region }) });
  }

  /** Somebody calls. */
  ring(call: Call, client: Client): void {
    const busy = this.#current !== undefined || this.#ringing.size > 0;
    if (busy && !this.#world.settings.allowMultipleIncomingCalls) {
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
    const talk = new Talk(constants, this.#news(), call);
    this.#ringing.set(talk.uuid, talk);
    const id = from.includes('@') ? from : `${from}@${DOMAIN}`;
    this.#world.tell('onIncomingCall', id, headers, talk.view(), call.callerName || from);
  }

  /** Takes a call that rings. */
  answer(callUUID: unknown, action: unknown): boolean {
    const talk = callUUID ? this.#ringing.get(String(callUUID)) : this.#latest();
    const others = this.#others(action);
    if (!talk) this.#world.log.error('There is no such incoming call to answer');
    else if (!others) this.#world.log.error(`There is no action ${action} on other calls`);
    if (!talk || !others) return false;
    this.#ringing.delete(talk.uuid);
    this.#current?.hangup();
    if (others !== 'letring') for (const other of [...this.#ringing.values()]) other[others]();
    this.#take(talk);
    void talk.answer();
    return true;
  }

  /** Ends the call that talks, or is being made. */
  hangup(): boolean {
    const talk = this.#current;
    talk?.hangup();
    return talk !== undefined;
  }

  /** Declines a call that rings, or silences it; the latest if none is named that there is. */
  turnAway(how: 'reject' | 'ignore', callUUID: unknown): boolean {
    const talk = this.#ringing.get(String(callUUID)) ?? this.#latest();
    if (!talk) this.#world.log.warn(`There is no incoming call to ${how}`);
    talk?.[how]();
    return talk !== undefined;
  }

  /** Shuts the microphone. Without a call that is remembered for the next one. */
  mute(on: boolean): boolean {
    this.#muted = on;
    const talk = this.#current;
    talk?.call?.mute(on);
    return talk !== undefined;
  }

  /** Presses a key. */
  press(digit: unknown): void {
    const key = keyOf(digit);
    const call = this.#current?.call;
    if (!key) this.#world.log.error('sendDtmf takes one of 0-9, * and #');
    else if (!call) this.#world.log.warn('There is no call to press keys in');
    else {
      call.sendDigits(key, digitOptions(this.#world.settings.dtmfOptions)).catch((error) => {
        this.#world.log.warn(`The key was not sent: ${error.message}`);
      });
    }
  }

  /** Ends all of them. */
  hangUpAll(): void {
    this.#current?.hangup();
    for (const talk of [...this.#ringing.values()]) talk.reject();
  }

  #latest(): Talk | undefined {
    return [...this.#ringing.values()].at(-1);
  }

  #others(action: unknown): 'reject' | 'ignore' | 'letring' | undefined {
    const several = this.#world.settings.allowMultipleIncomingCalls;
    if (!several || action === undefined || action === null || action === '') return 'reject';
    const name = String(action).toLowerCase();
    return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  }

  #take(talk: Talk): void {
    this.#current = talk;
  }

  #news(): TalkNews {
    const { tell, log } = this.#world;
    return {
      ringing: (talk) => {
        this.#applyMute(talk);
        this.#world.ringing(talk);
        tell('onCallRemoteRinging', talk.view());
      },
      answered: (talk) => {
        this.#lastAnswered = talk.uuid;
        this.#applyMute(talk);
        this.#world.answered(talk);
        tell('onCallAnswered', talk.view());
      },
      connected: (talk) => tell('onMediaConnected', talk.view()),
      digit: (tone, seconds) =>
        tell('onDtmfReceived', { tone, duration: Math.round(1000 * seconds) }),
      remoteAudio: (audible) => tell('remoteAudioStatus', audible),
      noMicrophone: (error) => this.#world.noMicrophone(error),
      ended: (talk, end) => {
        log.info(`Call ${talk.uuid} is over: ${end.cause}`);
        this.#ended(talk, end);
      },
    };
  }

  #applyMute(talk: Talk): void {
    if (this.#muted) talk.call?.mute(true);
  }

  #ended(talk: Talk, end: End): void {
    this.#ringing.delete(talk.uuid);
    if (this.#current === talk) {
      this.#current = undefined;
      this.#ending = talk;
      this.#muted = false;
    }
    this.#world.over(talk);
    this.#tellEnd(end, talk.view());
    if (this.#ending === talk) this.#ending = undefined;
  }

  #tellEnd(end: End, call: CallView): void {
    const { tell } = this.#world;
    const { originator, cause } = end;
    if (end.state === 'ended') tell('onCallTerminated', { originator, reason: cause }, call);
    else if (end.state === 'ignored') tell('onIncomingCallIgnored', call);
    else if (end.state === 'canceled' && call.direction === 'incoming') {
      tell('onIncomingCallCanceled', call);
    } else tell('onCallFailed', cause, call);
  }
}
