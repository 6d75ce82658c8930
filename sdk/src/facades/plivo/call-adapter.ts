/** One call in the vendor's terms, from its beginning to its end. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import { copyOf, type ExtraHeaders } from './extra-headers.js';
import { type CallStateWord, type End, endOf, failedEnd, localEnd } from './hangup-causes.js';

/** The host in the addresses of endpoints. */
export const DOMAIN = 'phone.plivo.com';

/** Describes a call at one moment. The capitalised keys are the page's spelling, the others the product's. @public */
export interface CallView {
  /** The id by which the application knows the call; empty until the server has sent it. */
  callUUID: string;
  direction: 'incoming' | 'outgoing';
  /** Who calls: for an outgoing call this page's own SIP address, else the number or the endpoint. */
  src: string;
  /** Who is called: for an incoming call this page's own SIP address, else the number or the endpoint. */
  dest: string;
  state: CallStateWord;
  extraHeaders: ExtraHeaders;
  /** `Not_applicable` for outgoing calls. */
  stirShakenState: string | undefined;
  /** Who ended it. */
  originator: 'local' | 'remote';
  /** `Q.850`, or `none` for what this page has done. */
  protocol: string;
  reason: string;
  /** A Q.850 cause, or the vendor's code for what this page has done; -1 before the end. */
  code: number;
  Direction: 'INCOMING' | 'OUTGOING';
  Originator: 'local' | 'remote';
  Protocol: string;
  Reason: string;
  Code: number;
}

/** What of it does not change. */
export type CallConstants = Pick<
  CallView,
  'direction' | 'src' | 'dest' | 'extraHeaders' | 'stirShakenState'
>;

const GOING_ON = { originator: 'local', protocol: 'none', reason: 'none', code: -1 } as const;

/** The description of a call. */
export function view(
  constants: CallConstants,
  callUUID: string,
  state: CallStateWord,
  end: End | undefined,
): CallView {
  const { originator, protocol, reason, code } = end ?? GOING_ON;
  const { extraHeaders, direction } = constants;
  return {
    callUUID,
    ...constants,
    extraHeaders: copyOf(extraHeaders),
    state,
    originator,
    protocol,
    reason,
    code,
    Direction: direction === 'incoming' ? 'INCOMING' : 'OUTGOING',
    Originator: originator,
    Protocol: protocol,
    Reason: reason,
    Code: code,
  };
}

/** Our id of a call as the vendor writes ids: 32 hex digits with the dashes of RFC 9562. */
export function uuidOf(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The vendor's id of a call as we write it. */
export function idOf(uuid: string): string {
  return uuid.replaceAll('-', '');
}

/** A number or an endpoint, without scheme and domain. */
export function bare(party: string): string {
  const name = party.replace(/^(client|sips?):/i, '');
  return name.endsWith(`@${DOMAIN}`) ? name.slice(0, -DOMAIN.length - 1) : name;
}

/** An endpoint's SIP address. */
export function sipAddress(name: string): string {
  return `sip:${name.includes('@') ? name : `${name}@${DOMAIN}`}`;
}

/** Events of a call. */
export interface CallAdapterEvents {
  /** The other party's device rings. */
  ringing(adapter: CallAdapter): void;
  answered(adapter: CallAdapter): void;
  /** Sound flows, for the first time or again. */
  connected(adapter: CallAdapter): void;
  digit(digit: string, seconds: number): void;
  /** Whether the server receives audio of the other party. */
  remoteAudio(audible: boolean): void;
  /** The microphone could not be opened. */
  noMicrophone(error: OffhookError): void;
  /** It is over; emitted once. */
  ended(adapter: CallAdapter, end: End): void;
}

/** One call. */
export class CallAdapter {
  readonly constants: CallConstants;
  readonly #events: CallAdapterEvents;
  readonly #abort: AbortController = new AbortController();
  #call: Call | undefined;
  #stop: (() => void)[] = [];
  #state: CallStateWord = 'initialized';
  #end: End | undefined;
  /** The page has answered the call. */
  #accepted = false;
  #answered = false;
  #errorCode: string | undefined;

  constructor(constants: CallConstants, events: CallAdapterEvents, call?: Call) {
    this.constants = constants;
    this.#events = events;
    if (!call) return;
    this.#state = 'ringing';
    this.#follow(call);
  }

  /** Our own call, once there is one. */
  get call(): Call | undefined {
    return this.#call;
  }

  /** Empty until the server has sent it. */
  get uuid(): string {
    return uuidOf(this.#call?.id ?? '');
  }

  get state(): CallStateWord {
    return this.#state;
  }

  /** As its events describe it. */
  view(): CallView {
    return view(this.constants, this.uuid, this.#state, this.#end);
  }

  /** Begins an outgoing call. */
  async dial(client: Client, headers: Record<string, string>): Promise<void> {
    try {
      const { signal } = this.#abort;
      const call = await client.call(this.constants.dest, { headers, signal });
      if (!this.#end) this.#follow(call);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes an incoming call. The client decides about other calls. */
  async answer(): Promise<void> {
    this.#accepted = true;
    try {
      await this.#call?.accept({ others: 'leave' });
    } catch (error) {
      this.#fail(error);
      if (this.#call?.state === 'incoming') this.#call.reject('busy');
    }
  }

  /** Ends it, whatever its state. */
  hangup(): void {
    if (this.#call) this.#call.hangup();
    else {
      this.#abort.abort();
      this.#finish(localEnd('Canceled'));
    }
  }

  /** Declines it: the caller gets busy. */
  reject(): void {
    this.#call?.reject('busy');
  }

  /** Stops the ringing here for good; the caller's side rings on. */
  ignore(): void {
    this.#call?.ignore();
    this.#finish(localEnd('Ignored'));
  }

  #fail(error: unknown): void {
    const { code } = error as OffhookError;
    if (this.#end) return;
    if (code?.startsWith('microphone')) this.#events.noMicrophone(error as OffhookError);
    this.#finish(failedEnd(error));
  }

  #follow(call: Call): void {
    this.#call = call;
    this.#stop = [
      call.on('state', () => this.#stateChanged(call)),
      call.on('audio', (state) => {
        if (state === 'connected') this.#events.connected(this);
      }),
      call.on('digit', ({ digit, seconds }) => this.#events.digit(digit, seconds)),
      call.on('notice', ({ event, details }) => {
        if (event === 'remote-audio') this.#events.remoteAudio(details['audible'] === true);
      }),
      call.on('error', ({ code }) => {
        this.#errorCode = code;
      }),
      call.on('ended', (ending) => {
        const incoming = this.constants.direction === 'incoming';
        const refusal = this.#errorCode === undefined ? {} : { refusal: this.#errorCode };
        const answered = this.#answered || (this.#accepted && ending.by === 'local');
        this.#finish(endOf(ending, { answered, incoming, ...refusal }));
      }),
    ];
  }

  #stateChanged({ state }: Call): void {
    if (state === 'ringing' && this.#state === 'initialized') {
      this.#state = 'ringing';
      this.#events.ringing(this);
    } else if (state === 'up' && !this.#answered) {
      this.#answered = true;
      this.#state = 'answered';
      this.#events.answered(this);
    }
  }

  #finish(end: End): void {
    if (this.#end) return;
    for (const stop of this.#stop) stop();
    this.#end = end;
    this.#state = end.state;
    this.#events.ended(this, end);
  }
}
