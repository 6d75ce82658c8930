/** The page's end of the link as a sans-IO machine: received text and the time go in, what to do comes out. */
import { Backoff, earlier, type Random, type Time } from './clock.js';
import type {
  AnyServerFrame,
  Credentials,
  Denied,
  ErrorFrame,
  Hello,
  LinkKey,
  LinkResume,
  PageCall,
  PageFrame,
  ServerFrame,
  Welcome,
} from './frames.js';
import { Heartbeat } from './heartbeat.js';
import { Outbox } from './outbox.js';
import { FRAME_LIMIT, parse } from './parse.js';

/**
 * idle: not begun. connecting: a socket is being opened. greeting: `hello` is sent. open: it works.
 * waiting: until the next attempt. denied: the server wants other credentials. ended: for good.
 */
export type LinkState =
  | 'idle'
  | 'connecting'
  | 'greeting'
  | 'open'
  | 'waiting'
  | 'denied'
  | 'ended';

/** Why the calls of a link are gone, as a cause: the page was away, no server answered, another process answered. */
export type LossCause = 'endpoint-lost' | 'server-lost' | 'server-restarted';

type Restated = ReadonlyMap<number, number> | undefined;

/** What the shell has to do or to pass on. */
export type LinkOutput =
  | { readonly kind: 'connect' }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'close'; readonly code: number }
  | { readonly kind: 'state'; readonly state: LinkState }
  /** With `restated` a restarted server has kept the link: the new numbers of what it gets again, by the old ones. */
  | { readonly kind: 'welcome'; readonly welcome: Welcome; readonly restated?: Restated }
  | { readonly kind: 'denied'; readonly denied: Denied }
  /** The calls and the registration of the link are gone; a new one begins. */
  | { readonly kind: 'lost'; readonly cause: LossCause }
  /** The server has these, too. */
  | { readonly kind: 'received'; readonly frames: readonly PageFrame[] }
  | { readonly kind: 'frame'; readonly frame: ServerFrame }
  | { readonly kind: 'fault'; readonly fault: ErrorFrame };

/** What a link needs to begin. */
export interface LinkOptions {
  /** Nothing when the page has only the key of a link. */
  readonly auth: Credentials | undefined;
  readonly random: Random;
  /** Name and version, for the server's log. */
  readonly sdk: string;
  /** The link of the page before this one, whose calls are to be taken over. */
  readonly attach?: LinkKey | undefined;
  /** The page's calls, for a server that was restarted. */
  calls?(): readonly PageCall[];
}

export const OPENING_MS = 10_000;
export const FIRST_WAIT_MS = 500;
/** The longest wait while there are calls to come back to, only a link, or nothing. */
export const CALL_MS = 2_000;
export const SOON_MS = 5_000;
export const PATIENT_MS = 12_000;
/** The server may have noticed the loss later than the page: until then it decides. */
export const RESUME_GRACE_MS = 10_000;

/** Close codes of docs/reference/link.md; browsers let a page use 1000 and 3000 to 4999. */
const CLOSE = { done: 1000, broken: 4400, silent: 4408 } as const;

const LIVE: readonly LinkState[] = ['connecting', 'greeting', 'open'];

/** What a restarted server cannot use: descriptions of audio that is gone, and what was only for its old process. */
const STALE = /^(offer|answer|accept|refuse|get-stats|samples|warning|unload)$/;

/** One link over any number of sockets. Call {@link Link.poll} until it gives nothing after each input. */
export class Link {
  readonly #outbox: Outbox = new Outbox();
  readonly #outputs: LinkOutput[] = [];
  readonly #backoff: Backoff;
  readonly #sdk: string;
  readonly #calls: LinkOptions['calls'];
  #auth: Credentials | undefined;
  #attach: LinkKey | undefined;
  #state: LinkState = 'idle';
  #welcome: Welcome | undefined;
  #heartbeat: Heartbeat | undefined;
  #received = 0;
  /** When the last `hello` went out. */
  #helloAt: Time = 0;
  /** When connecting, greeting or waiting has lasted long enough. */
  #deadline: Time | undefined;
  #resumeUntil: Time | undefined;

  constructor({ auth, random, sdk, attach, calls }: LinkOptions) {
    this.#auth = auth;
    this.#calls = calls;
    this.#attach = attach;
    this.#sdk = sdk;
    this.#backoff = new Backoff(random, FIRST_WAIT_MS);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** What is to be done next; nothing when all is done for now. */
  poll(): LinkOutput | undefined {
    return this.#outputs.shift();
  }

  /** When to call {@link Link.wake}; nothing when there is no need. */
  wakeAt(): Time | undefined {
    if (this.#state === 'open') return this.#heartbeat?.wakeAt();
    const resume = this.#state === 'greeting' ? undefined : this.#resumeUntil;
    return earlier(this.#deadline, resume);
  }

  /** Begins, or begins again with other credentials after `denied`. */
  start(now: Time, auth: Credentials | undefined = this.#auth): void {
    if (this.#state !== 'idle' && this.#state !== 'denied') return;
    this.#auth = auth;
    this.#connect(now);
  }

  /** The credentials of the next socket. */
  renewed(auth: Credentials): void {
    this.#auth = auth;
  }

  /**
   * Sends a frame, now or as soon as there is a socket.
   *
   * @returns Its number, which errors refer to; nothing when it is too large or the link has ended.
   */
  send(now: Time, frame: PageFrame): number | undefined {
    if (this.#state === 'ended') return undefined;
    const added = this.#outbox.add(frame);
    if (!added) return undefined;
    if (this.#outbox.overfull) {
      this.#startOver(now, CLOSE.broken);
      return undefined;
    }
    if (this.#state === 'open') this.#write(now, added.text);
    return added.seq;
  }

  /** Ends it for good, with a notice to the server if the link is open. */
  end(now: Time): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'open') this.send(now, { type: 'goodbye' });
    this.#leaveSocket(CLOSE.done);
    this.#deadline = undefined;
    this.#resumeUntil = undefined;
    this.#setState('ended');
  }

  /** The network may have changed or the page has come back: try at once, or ask if the server is there. */
  nudge(now: Time): void {
    if (this.#state === 'waiting') this.#connect(now);
    if (this.#state !== 'open') return;
    this.#heartbeat?.probed(now);
    this.#sendBeat(now, 'ping');
  }

  /** The socket may be dead: if the server does not answer at once, another one is opened. */
  probe(now: Time): void {
    if (this.#state !== 'open' || this.#heartbeat?.urgent) return;
    this.#heartbeat?.probedUrgently(now);
    this.#sendBeat(now, 'ping');
  }

  /** The socket is open. */
  opened(now: Time): void {
    if (this.#state !== 'connecting') return;
    const old = this.#welcome;
    const resume = old && {
      link: old.link,
      key: old.key,
      received: this.#received,
      instance: old.instance,
      calls: this.#calls?.(),
    };
    const hello: Hello = {
      type: 'hello',
      version: 1,
      sdk: this.#sdk,
      auth: this.#auth,
      resume: resume as LinkResume | undefined,
      attach: old ? undefined : this.#attach,
    };
    this.#outputs.push({ kind: 'send', text: JSON.stringify(hello) });
    this.#helloAt = now;
    this.#deadline = now + OPENING_MS;
    this.#setState('greeting');
  }

  /** The socket is gone. */
  closed(now: Time): void {
    if (LIVE.includes(this.#state)) this.#wait(now);
  }

  /** A text message came. */
  receive(now: Time, raw: string): void {
    if (this.#state !== 'greeting' && this.#state !== 'open') return;
    const parsed = raw.length > FRAME_LIMIT ? ({ bad: 'not-json' } as const) : parse(raw);
    if ('bad' in parsed) {
      this.#reject(now, parsed.bad, parsed.seq);
      return;
    }
    const { frame } = parsed;
    if (frame.type === 'denied') this.#deny(frame);
    else if (this.#state === 'open') this.#handle(now, frame);
    else if (frame.type === 'welcome') this.#welcomed(now, frame);
    else this.#reconnectAfter(now, CLOSE.broken);
  }

  /** The time of {@link Link.wakeAt} has come. */
  wake(now: Time): void {
    if (this.#state === 'open') {
      this.#heartbeatDue(now);
      return;
    }
    if (this.#state !== 'greeting' && now >= (this.#resumeUntil ?? Number.POSITIVE_INFINITY)) {
      this.#forget('server-lost');
    }
    if (now < (this.#deadline ?? Number.POSITIVE_INFINITY)) return;
    if (this.#state === 'waiting') this.#connect(now);
    else this.#reconnectAfter(now, CLOSE.done);
  }

  #heartbeatDue(now: Time): void {
    const urgent = this.#heartbeat?.urgent;
    const due = this.#heartbeat?.due(now);
    if (due === 'dead') {
      this.#reconnectAfter(now, CLOSE.silent);
      // A call waits for it.
      if (urgent) this.#connect(now);
    } else if (due) this.#sendBeat(now, due === 'ack' ? 'ack' : 'ping');
  }

  #setState(state: LinkState): void {
    this.#state = state;
    this.#outputs.push({ kind: 'state', state });
  }

  #connect(now: Time): void {
    this.#deadline = now + OPENING_MS;
    this.#setState('connecting');
    this.#outputs.push({ kind: 'connect' });
  }

  #welcomed(now: Time, welcome: Welcome): void {
    const old = this.#welcome;
    const fresh = old && !welcome.resumed;
    const taken = fresh && welcome.attached;
    if (fresh && !taken)
      this.#forget(welcome.instance === old.instance ? 'endpoint-lost' : 'server-restarted');
    if (!this.#acknowledge(now, taken ? (welcome.stated ?? 0) : welcome.received)) return;
    const restated = taken ? this.#restate() : undefined;
    this.#welcome = welcome;
    // Without credentials the last link is all that there is to ask for, even when it is lost.
    this.#attach = this.#auth ? undefined : { link: welcome.link, key: welcome.key };
    this.#resumeUntil = undefined;
    this.#deadline = undefined;
    this.#backoff.reset();
    this.#heartbeat = new Heartbeat(now, welcome.heartbeat_s * 1000, now - this.#helloAt);
    this.#setState('open');
    this.#outputs.push({ kind: 'welcome', welcome, restated });
    // At once, so that the server knows that this welcome came, and goes on from it after another cut.
    if (restated) this.#sendBeat(now, 'ack');
    for (const text of this.#outbox.texts()) this.#write(now, text);
  }

  /** Both sides count from 1 again. */
  #restate(): Restated {
    this.#received = 0;
    const calls = this.#calls?.() ?? [];
    return this.#outbox.restate((frame) =>
      frame.type === 'invite'
        ? // A call that has an id is attached.
          calls.some(({ call, id }) => call === frame.call && id === '')
        : !STALE.test(frame.type),
    );
  }

  #deny(denied: Denied): void {
    this.#leaveSocket(CLOSE.done);
    this.#deadline = undefined;
    this.#setState('denied');
    this.#outputs.push({ kind: 'denied', denied });
  }

  #handle(now: Time, frame: Exclude<AnyServerFrame, Denied>): void {
    this.#heartbeat?.received(now);
    if (frame.type === 'welcome') return;
    if ('received' in frame) this.#handleBeat(now, frame.type, frame.received);
    else if (frame.type === 'error') this.#outputs.push({ kind: 'fault', fault: frame });
    else if (this.#inOrder(now, frame.seq)) this.#deliver(now, frame);
  }

  #deliver(now: Time, frame: ServerFrame): void {
    this.#outputs.push({ kind: 'frame', frame });
    if (frame.type === 'goodbye') this.#startOver(now, CLOSE.done);
  }

  /** Counts a numbered frame. False when it came before, or too early. */
  #inOrder(now: Time, seq: number): boolean {
    if (seq > this.#received + 1) {
      this.#reconnectAfter(now, CLOSE.broken);
      return false;
    }
    const fresh = seq === this.#received + 1;
    if (fresh) this.#received = seq;
    if (this.#heartbeat?.counted(now)) this.#sendBeat(now, 'ack');
    return fresh;
  }

  #handleBeat(now: Time, type: 'ping' | 'pong' | 'ack', received: number): void {
    if (!this.#acknowledge(now, received)) return;
    if (type === 'ping') this.#sendBeat(now, 'pong');
    else if (type === 'pong') this.#heartbeat?.answered(now);
  }

  /** False when the server acknowledges what was never sent. */
  #acknowledge(now: Time, received: number): boolean {
    const frames = this.#outbox.acknowledge(received);
    if (frames) this.#outputs.push({ kind: 'received', frames });
    else this.#startOver(now, CLOSE.broken);
    return frames !== undefined;
  }

  #reject(now: Time, code: 'not-json' | 'unknown-type' | 'bad-frame', seq?: number): void {
    if (code === 'not-json' || this.#state === 'greeting') {
      this.#reconnectAfter(now, CLOSE.broken);
      return;
    }
    this.#heartbeat?.received(now);
    if (seq !== undefined && !this.#inOrder(now, seq)) return;
    const message = code === 'bad-frame' ? 'a field is missing or wrong' : 'not known to this SDK';
    const ref = seq === undefined ? {} : { ref: seq };
    this.#write(now, JSON.stringify({ type: 'error', code, message, ...ref }));
  }

  #sendBeat(now: Time, type: 'ping' | 'pong' | 'ack'): void {
    this.#write(now, JSON.stringify({ type, received: this.#received }), true);
  }

  #write(now: Time, text: string, received = false): void {
    this.#heartbeat?.sent(now, received);
    this.#outputs.push({ kind: 'send', text });
  }

  #leaveSocket(code: number): void {
    this.#heartbeat = undefined;
    if (LIVE.includes(this.#state)) this.#outputs.push({ kind: 'close', code });
  }

  #reconnectAfter(now: Time, code: number): void {
    this.#leaveSocket(code);
    this.#wait(now);
  }

  #wait(now: Time): void {
    this.#heartbeat = undefined;
    if (this.#welcome) {
      this.#resumeUntil ??= now + this.#welcome.resume_s * 1000 + RESUME_GRACE_MS;
    }
    const limit = this.#calls?.().length ? CALL_MS : SOON_MS;
    this.#deadline = now + this.#backoff.next(this.#welcome ? limit : PATIENT_MS);
    this.#setState('waiting');
  }

  /** The link cannot go on: drop it and begin a new one. */
  #startOver(now: Time, code: number): void {
    this.#leaveSocket(code);
    this.#forget('endpoint-lost');
    this.#wait(now);
  }

  #forget(cause: LossCause): void {
    const had = this.#welcome !== undefined;
    this.#welcome = undefined;
    this.#resumeUntil = undefined;
    this.#received = 0;
    this.#outbox.clear();
    if (had) this.#outputs.push({ kind: 'lost', cause });
  }
}
