/** The page's end of the link without its socket: what came in and what time it is, in; what to do, out. */
import { Backoff } from './backoff.js';
import { earlier, type Time } from './clock.js';
import type {
  AnyServerFrame,
  Credentials,
  Denied,
  Hello,
  LinkKey,
  PageFrame,
  ServerFrame,
  Welcome,
} from './frames.js';
import type { LinkOptions } from './link-options.js';
import { Outbox } from './outbox.js';
import type { LinkOutput, LinkState, LossCause } from './outputs.js';
import { FRAME_LIMIT, parse } from './parse.js';
import { FIRST_WAIT_MS, OPENING_MS, PATIENT_MS, RESUME_GRACE_MS, SOON_MS } from './patience.js';
import { Pulse } from './pulse.js';

/** Close codes of docs/reference/link.md; browsers let a page use 1000 and 3000 to 4999. */
const CLOSE = { done: 1000, broken: 4400, silent: 4408 } as const;

const LIVE: readonly LinkState[] = ['connecting', 'greeting', 'open'];

/** One link over any number of sockets. Call {@link Link.poll} until it gives nothing after each input. */
export class Link {
  readonly #outbox: Outbox = new Outbox();
  readonly #outputs: LinkOutput[] = [];
  readonly #backoff: Backoff;
  readonly #sdk: string;
  #auth: Credentials | undefined;
  #attach: LinkKey | undefined;
  #state: LinkState = 'idle';
  #welcome: Welcome | undefined;
  #pulse: Pulse | undefined;
  #received = 0;
  /** When the last `hello` went out. */
  #greetedAt: Time = 0;
  /** When connecting, greeting or waiting has lasted long enough. */
  #deadline: Time | undefined;
  #resumeUntil: Time | undefined;

  constructor({ auth, random, sdk, attach }: LinkOptions) {
    this.#auth = auth;
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

  /** When {@link Link.wake} wants to be called, if at all. */
  wakeAt(): Time | undefined {
    if (this.#state === 'open') return this.#pulse?.wakeAt();
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

  /** Ends it for good; the server is told if it can be. */
  end(now: Time): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'open') this.send(now, { type: 'goodbye' });
    this.#leaveSocket(CLOSE.done);
    this.#deadline = undefined;
    this.#resumeUntil = undefined;
    this.#become('ended');
  }

  /** The network may have changed or the page has come back: try at once, or ask if the server is there. */
  nudge(now: Time): void {
    if (this.#state === 'waiting') this.#connect(now);
    if (this.#state !== 'open') return;
    this.#pulse?.probed(now);
    this.#say(now, 'ping');
  }

  /** The socket may lead nowhere: if the server does not answer at once, another one is opened. */
  probe(now: Time): void {
    if (this.#state !== 'open' || this.#pulse?.urgent) return;
    this.#pulse?.doubted(now);
    this.#say(now, 'ping');
  }

  /** The socket is open. */
  opened(now: Time): void {
    if (this.#state !== 'connecting') return;
    const old = this.#welcome;
    const hello: Hello = {
      type: 'hello',
      version: 1,
      sdk: this.#sdk,
      auth: this.#auth,
      ...(old && { resume: { link: old.link, key: old.key, received: this.#received } }),
      ...(!old && this.#attach && { attach: this.#attach }),
    };
    this.#outputs.push({ kind: 'send', text: JSON.stringify(hello) });
    this.#greetedAt = now;
    this.#deadline = now + OPENING_MS;
    this.#become('greeting');
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
      this.#complain(now, parsed.bad, parsed.seq);
      return;
    }
    const { frame } = parsed;
    if (frame.type === 'denied') this.#deny(frame);
    else if (this.#state === 'open') this.#talk(now, frame);
    else if (frame.type === 'welcome') this.#greeted(now, frame);
    else this.#breakOff(now, CLOSE.broken);
  }

  /** Time has come. */
  wake(now: Time): void {
    if (this.#state === 'open') {
      this.#beatNow(now);
      return;
    }
    if (this.#state !== 'greeting' && now >= (this.#resumeUntil ?? Number.POSITIVE_INFINITY)) {
      this.#forget('server-lost');
    }
    if (now < (this.#deadline ?? Number.POSITIVE_INFINITY)) return;
    if (this.#state === 'waiting') this.#connect(now);
    else this.#breakOff(now, CLOSE.done);
  }

  #beatNow(now: Time): void {
    const urgent = this.#pulse?.urgent;
    const due = this.#pulse?.due(now);
    if (due === 'dead') {
      this.#breakOff(now, CLOSE.silent);
      // A call waits for it.
      if (urgent) this.#connect(now);
    } else if (due) this.#say(now, due === 'ack' ? 'ack' : 'ping');
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#outputs.push({ kind: 'state', state });
  }

  #connect(now: Time): void {
    this.#deadline = now + OPENING_MS;
    this.#become('connecting');
    this.#outputs.push({ kind: 'connect' });
  }

  #greeted(now: Time, welcome: Welcome): void {
    const same = welcome.instance === this.#welcome?.instance;
    if (this.#welcome && !welcome.resumed)
      this.#forget(same ? 'endpoint-lost' : 'server-restarted');
    if (!this.#outbox.acknowledge(welcome.received)) {
      this.#startOver(now, CLOSE.broken);
      return;
    }
    this.#welcome = welcome;
    // Without credentials the last link is all that there is to ask for, even when it is lost.
    this.#attach = this.#auth ? undefined : { link: welcome.link, key: welcome.key };
    this.#resumeUntil = undefined;
    this.#deadline = undefined;
    this.#backoff.reset();
    this.#pulse = new Pulse(now, welcome.heartbeat_s * 1000, now - this.#greetedAt);
    this.#become('open');
    this.#outputs.push({ kind: 'welcome', welcome });
    for (const text of this.#outbox.texts()) this.#write(now, text);
  }

  #deny(denied: Denied): void {
    this.#leaveSocket(CLOSE.done);
    this.#deadline = undefined;
    this.#become('denied');
    this.#outputs.push({ kind: 'denied', denied });
  }

  #talk(now: Time, frame: Exclude<AnyServerFrame, Denied>): void {
    this.#pulse?.heard(now);
    if (frame.type === 'welcome') return;
    if ('received' in frame) this.#beat(now, frame.type, frame.received);
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
      this.#breakOff(now, CLOSE.broken);
      return false;
    }
    const fresh = seq === this.#received + 1;
    if (fresh) this.#received = seq;
    if (this.#pulse?.counted(now)) this.#say(now, 'ack');
    return fresh;
  }

  #beat(now: Time, type: 'ping' | 'pong' | 'ack', received: number): void {
    if (!this.#outbox.acknowledge(received)) {
      this.#startOver(now, CLOSE.broken);
      return;
    }
    this.#outputs.push({ kind: 'received', seq: received });
    if (type === 'ping') this.#say(now, 'pong');
    else if (type === 'pong') this.#pulse?.answered(now);
  }

  #complain(now: Time, code: 'not-json' | 'unknown-type' | 'bad-frame', seq?: number): void {
    if (code === 'not-json' || this.#state === 'greeting') {
      this.#breakOff(now, CLOSE.broken);
      return;
    }
    this.#pulse?.heard(now);
    if (seq !== undefined && !this.#inOrder(now, seq)) return;
    const message = code === 'bad-frame' ? 'a field is missing or wrong' : 'not known to this SDK';
    const ref = seq === undefined ? {} : { ref: seq };
    this.#write(now, JSON.stringify({ type: 'error', code, message, ...ref }));
  }

  #say(now: Time, type: 'ping' | 'pong' | 'ack'): void {
    this.#write(now, JSON.stringify({ type, received: this.#received }), true);
  }

  #write(now: Time, text: string, received = false): void {
    this.#pulse?.wrote(now, received);
    this.#outputs.push({ kind: 'send', text });
  }

  #leaveSocket(code: number): void {
    this.#pulse = undefined;
    if (LIVE.includes(this.#state)) this.#outputs.push({ kind: 'close', code });
  }

  #breakOff(now: Time, code: number): void {
    this.#leaveSocket(code);
    this.#wait(now);
  }

  #wait(now: Time): void {
    this.#pulse = undefined;
    if (this.#welcome) {
      this.#resumeUntil ??= now + this.#welcome.resume_s * 1000 + RESUME_GRACE_MS;
    }
    this.#deadline = now + this.#backoff.next(this.#welcome ? SOON_MS : PATIENT_MS);
    this.#become('waiting');
  }

  /** The link cannot go on: drop it and begin a new one. */
  #startOver(now: Time, code: number): void {
    this.#leaveSocket(code);
    this.#forget('endpoint-lost');
    this.#wait(now);
  }

  #forget(why: LossCause): void {
    const had = this.#welcome !== undefined;
    this.#welcome = undefined;
    this.#resumeUntil = undefined;
    this.#received = 0;
    this.#outbox.clear();
    if (had) this.#outputs.push({ kind: 'lost', why });
  }
}
