/** One call in the vendor's words, from the wish to its end. */
import type { Call } from '../../client/call.js';
import type { Client } from '../../client/client.js';
import type { OffhookError } from '../../core/errors.js';
import { type CallConstants, type CallView, uuidOf, view } from './call-view.js';
import { type CallStateWord, type End, endOf, failedEnd, localEnd } from './endings.js';

/** What a call tells. */
export interface TalkNews {
  /** The other end rings. */
  ringing(talk: Talk): void;
  answered(talk: Talk): void;
  /** Sound flows, for the first time or again. */
  connected(talk: Talk): void;
  digit(digit: string, seconds: number): void;
  /** Whether anything of the other end's sound arrives at the server. */
  remoteAudio(audible: boolean): void;
  /** The microphone could not be opened. */
  noMicrophone(error: OffhookError): void;
  /** It is over; told once. */
  ended(talk: Talk, end: End): void;
}

/** One call. */
export class Talk {
  readonly constants: CallConstants;
  readonly #news: TalkNews;
  readonly #abort: AbortController = new AbortController();
  #call: Call | undefined;
  #stop: (() => void)[] = [];
  #state: CallStateWord = 'initialized';
  #end: End | undefined;
  /** This end has said that it takes the call. */
  #taken = false;
  #answered = false;
  #refusal: string | undefined;

  constructor(constants: CallConstants, news: TalkNews, call?: Call) {
    this.constants = constants;
    this.#news = news;
    if (!call) return;
    this.#state = 'ringing';
    this.#follow(call);
  }

  /** Our own call, once there is one. */
  get call(): Call | undefined {
    return this.#call;
  }

  /** Empty until the server has said it. */
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

  /** Takes an incoming call. Other calls are the business of whoever knows them. */
  async answer(): Promise<void> {
    this.#taken = true;
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

  /** Declines it: the caller is told that one is busy here. */
  reject(): void {
    this.#call?.reject('busy');
  }

  /** Rings here no more, and is never heard of again; the caller hears it ring on. */
  ignore(): void {
    this.#call?.ignore();
    this.#finish(localEnd('Ignored'));
  }

  #fail(error: unknown): void {
    const { code } = error as OffhookError;
    if (this.#end) return;
    if (code?.startsWith('microphone')) this.#news.noMicrophone(error as OffhookError);
    this.#finish(failedEnd(error));
  }

  #follow(call: Call): void {
    this.#call = call;
    this.#stop = [
      call.on('state', () => this.#moved(call)),
      call.on('audio', (state) => {
        if (state === 'connected') this.#news.connected(this);
      }),
      call.on('digit', ({ digit, seconds }) => this.#news.digit(digit, seconds)),
      call.on('notice', ({ event, details }) => {
        if (event === 'remote-audio') this.#news.remoteAudio(details['audible'] === true);
      }),
      call.on('error', ({ code }) => {
        this.#refusal = code;
      }),
      call.on('ended', (ending) => {
        const incoming = this.constants.direction === 'incoming';
        const refusal = this.#refusal === undefined ? {} : { refusal: this.#refusal };
        const answered = this.#answered || (this.#taken && ending.by === 'local');
        this.#finish(endOf(ending, { answered, incoming, ...refusal }));
      }),
    ];
  }

  #moved({ state }: Call): void {
    if (state === 'ringing' && this.#state === 'initialized') {
      this.#state = 'ringing';
      this.#news.ringing(this);
    } else if (state === 'up' && !this.#answered) {
      this.#answered = true;
      this.#state = 'answered';
      this.#news.answered(this);
    }
  }

  #finish(end: End): void {
    if (this.#end) return;
    for (const stop of this.#stop) stop();
    this.#end = end;
    this.#state = end.state;
    this.#news.ended(this, end);
  }
}
