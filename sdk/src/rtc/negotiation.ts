/** Carries out offers, answers and ICE restarts on a peer connection, one step after the other. */
import type { Random, Timers } from '../core/clock.js';
import { earlier } from '../core/clock.js';
import type { OfferReason } from '../core/frames.js';
import { type OfferStep, Offers } from '../core/offers.js';
import { type PathSign, Recovery } from '../core/recovery.js';
import type { Peer } from './peer.js';

/** Events of negotiations, and what they send. */
export interface NegotiationEvents {
  sendOffer(number: number, sdp: string, reason: OfferReason): void;
  sendAccept(number: number, sdp: string): void;
  sendRefuse(number: number, reason: string): void;
  /** A requested offer is settled; without `failure` the server accepted it. */
  settled(reason: OfferReason, failure: string | undefined): void;
  /** There never was a path, or it was away for too long. */
  givenUp(): void;
  /** The browser refused to do a step; the call goes on as it was. */
  stepFailed(step: string, fault: unknown): void;
}

/** The negotiations of one call after its first offer and answer. */
export class Negotiation {
  readonly #peer: Peer;
  readonly #timers: Timers;
  readonly #events: NegotiationEvents;
  readonly #offers: Offers;
  readonly #recovery: Recovery;
  #queue: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  /** Whether the link is there: without it no offer is answered, and none is overdue. */
  #linked = true;
  #closed = false;

  /** @param recoveryMs - How long the path may be away, in milliseconds. */
  constructor(
    peer: Peer,
    { timers, random }: { readonly timers: Timers; readonly random: Random },
    recoveryMs: number | undefined,
    events: NegotiationEvents,
  ) {
    this.#peer = peer;
    this.#timers = timers;
    this.#events = events;
    this.#offers = new Offers(random);
    this.#recovery = new Recovery(recoveryMs);
  }

  /** Asks for a new offer. */
  request(reason: OfferReason): void {
    this.#run(this.#offers.request(this.#now(), reason));
  }

  /** The server accepted our offer. */
  accepted(number: number, sdp: string): void {
    this.#run(this.#offers.accepted(this.#now(), number, sdp));
  }

  /** The server refused our offer. */
  refused(number: number, reason: string): void {
    this.#run(this.#offers.refused(this.#now(), number, reason));
  }

  /** The server offers. */
  offered(number: number, sdp: string): void {
    this.#run(this.#offers.offered(number, sdp));
  }

  /** Something was seen of the path. */
  observe(sign: PathSign): void {
    this.#recovery.observe(this.#now(), sign);
    if (sign === 'link-lost') this.#linked = false;
    else if (sign === 'link-restored') {
      this.#linked = true;
      this.#offers.extend(this.#now());
    }
    this.#schedule();
  }

  /** Does `step` after everything that was begun before. */
  enqueue(step: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(step);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Negotiates nothing more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #now(): number {
    return this.#timers.now();
  }

  #run(steps: OfferStep[]): void {
    for (const step of steps) {
      void this.enqueue(() => this.#do(step)).catch((fault) => this.#stepFailed(step, fault));
    }
    this.#schedule();
  }

  async #do(step: OfferStep): Promise<void> {
    if (this.#closed) return;
    if (step.step === 'done') this.#events.settled(step.reason, undefined);
    else if (step.step === 'failed') this.#events.settled(step.reason, step.failure);
    else if (step.step === 'roll-back') await this.#peer.rollBack();
    else if (step.step === 'apply') await this.#peer.accept(step.sdp);
    else if (step.step === 'answer') {
      const sdp = await this.#peer.answer(step.sdp);
      if (!this.#closed) this.#events.sendAccept(step.number, sdp);
    } else {
      const sdp = await this.#peer.offer(step.reason === 'restart');
      if (!this.#closed) this.#events.sendOffer(step.number, sdp, step.reason);
    }
  }

  #stepFailed(step: OfferStep, fault: unknown): void {
    if (this.#closed) return;
    this.#events.stepFailed(step.step, fault);
    if (step.step === 'answer') this.#events.sendRefuse(step.number, 'not-acceptable');
    if (step.step === 'offer') {
      this.#run(this.#offers.failed(this.#now(), step.number, 'negotiation-failed'));
    }
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const offers = this.#linked ? this.#offers.wakeAt() : undefined;
    const at = earlier(offers, this.#recovery.wakeAt());
    if (this.#closed || at === undefined) return;
    this.#cancel = this.#timers.after(Math.max(0, at - this.#now()), () => this.#wake());
  }

  #wake(): void {
    const step = this.#recovery.wake(this.#now());
    if (step === 'restart') this.request('restart');
    if (step === 'give-up') this.#events.givenUp();
    this.#run(this.#linked ? this.#offers.wake(this.#now()) : []);
  }
}

/** The server's offer of an incoming call: a server that was restarted makes another one, some time later. */
export class IncomingOffer {
  #sdp: Promise<string>;
  #replace: ((sdp: string) => void) | undefined;

  constructor(sdp: string) {
    this.#sdp = Promise.resolve(sdp);
  }

  /** The present one, as soon as it is there. */
  get sdp(): Promise<string> {
    return this.#sdp;
  }

  /** It is of no use any more: another one will come. */
  expire(): void {
    if (this.#replace) return;
    this.#sdp = new Promise((replace) => {
      this.#replace = replace;
    });
  }

  /** Another one came, or the end of the call. */
  replace(sdp: string): void {
    this.#replace?.(sdp);
    this.#replace = undefined;
  }
}
