/** Carries out offers, answers and ICE restarts on a peer connection, one step after the other. */
import type { Random, Timers } from '../core/clock.js';
import { earlier } from '../core/clock.js';
import type { Why } from '../core/frames.js';
import { type OfferStep, Offers } from '../core/offers.js';
import { type PathSign, Recovery } from '../core/recovery.js';
import type { Peer } from './peer.js';

/** What negotiations tell and ask. */
export interface NegotiationWorld {
  readonly timers: Timers;
  readonly random: Random;
  /** How long the path may be away, in milliseconds. */
  readonly recoveryMs: number | undefined;
  sendOffer(number: number, sdp: string, why: Why): void;
  sendAccept(number: number, sdp: string): void;
  sendRefuse(number: number, reason: string): void;
  /** An offer that was wanted came to its end; without `reason` the server took it. */
  settled(why: Why, reason: string | undefined): void;
  /** There never was a path, or it was away for too long. */
  givenUp(): void;
  /** The browser refused to do a step; the call goes on as it was. */
  stumbled(step: string, fault: unknown): void;
}

/** The negotiations of one call after its first offer and answer. */
export class Negotiation {
  readonly #peer: Peer;
  readonly #world: NegotiationWorld;
  readonly #offers: Offers;
  readonly #recovery: Recovery;
  #work: Promise<void> = Promise.resolve();
  #unwake: (() => void) | undefined;
  #closed = false;

  constructor(peer: Peer, world: NegotiationWorld) {
    this.#peer = peer;
    this.#world = world;
    this.#offers = new Offers(world.random);
    this.#recovery = new Recovery(world.recoveryMs);
  }

  /** Asks for a new offer. */
  want(why: Why): void {
    this.#take(this.#offers.want(this.#now(), why));
  }

  /** The server took our offer. */
  accepted(number: number, sdp: string): void {
    this.#take(this.#offers.accepted(this.#now(), number, sdp));
  }

  /** The server refused our offer. */
  refused(number: number, reason: string): void {
    this.#take(this.#offers.refused(this.#now(), number, reason));
  }

  /** The server offers. */
  offered(number: number, sdp: string): void {
    this.#take(this.#offers.offered(number, sdp));
  }

  /** Something was seen of the path. */
  path(sign: PathSign): void {
    this.#recovery.saw(this.#now(), sign);
    this.#sleep();
  }

  /** Does `step` after everything that was begun before. */
  inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step);
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** Negotiates nothing more. */
  close(): void {
    this.#closed = true;
    this.#unwake?.();
  }

  #now(): number {
    return this.#world.timers.now();
  }

  #take(steps: OfferStep[]): void {
    for (const step of steps) {
      void this.inTurn(() => this.#do(step)).catch((fault) => this.#fell(step, fault));
    }
    this.#sleep();
  }

  async #do(step: OfferStep): Promise<void> {
    if (this.#closed) return;
    if (step.step === 'done') this.#world.settled(step.why, undefined);
    else if (step.step === 'failed') this.#world.settled(step.why, step.reason);
    else if (step.step === 'roll-back') await this.#peer.rollBack();
    else if (step.step === 'apply') await this.#peer.accept(step.sdp);
    else if (step.step === 'answer') {
      const sdp = await this.#peer.answer(step.sdp);
      if (!this.#closed) this.#world.sendAccept(step.number, sdp);
    } else {
      const sdp = await this.#peer.offer(step.why === 'restart');
      if (!this.#closed) this.#world.sendOffer(step.number, sdp, step.why);
    }
  }

  #fell(step: OfferStep, fault: unknown): void {
    if (this.#closed) return;
    this.#world.stumbled(step.step, fault);
    if (step.step === 'answer') this.#world.sendRefuse(step.number, 'not-acceptable');
    if (step.step === 'offer') {
      this.#take(this.#offers.broken(this.#now(), step.number, 'negotiation-failed'));
    }
  }

  #sleep(): void {
    this.#unwake?.();
    this.#unwake = undefined;
    const at = earlier(this.#offers.wakeAt(), this.#recovery.wakeAt());
    if (this.#closed || at === undefined) return;
    this.#unwake = this.#world.timers.after(Math.max(0, at - this.#now()), () => this.#wake());
  }

  #wake(): void {
    const step = this.#recovery.wake(this.#now());
    if (step === 'restart') this.want('restart');
    if (step === 'give-up') this.#world.givenUp();
    this.#take(this.#offers.wake(this.#now()));
  }
}
