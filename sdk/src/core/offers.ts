/** Offers and answers in a running call (RFC 3264 §8): one at a time, numbered, with glare resolution. */
import type { Random, Time } from './clock.js';
import type { OfferReason } from './frames.js';

/** What to do with the peer connection and the link, in this order. */
export type OfferStep =
  | { readonly step: 'offer'; readonly number: number; readonly reason: OfferReason }
  | { readonly step: 'apply'; readonly sdp: string }
  | { readonly step: 'answer'; readonly number: number; readonly sdp: string }
  | { readonly step: 'roll-back' }
  | { readonly step: 'done'; readonly reason: OfferReason }
  | { readonly step: 'failed'; readonly reason: OfferReason; readonly failure: string };

const REPLY_MS = 30_000;
const GLARE_MS = 1_000;
const OPPOSITE: Partial<Record<OfferReason, OfferReason>> = { hold: 'resume', resume: 'hold' };

/** The offers of one call. Each input gives the steps to take. */
export class Offers {
  readonly #random: Random;
  #numbered = 0;
  #requested: OfferReason[] = [];
  #pending: { number: number; reason: OfferReason; until: Time; yielded: boolean } | undefined;
  #notBefore: Time | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When to call {@link Offers.wake}. */
  wakeAt(): Time | undefined {
    if (this.#pending) return this.#pending.until;
    return this.#requested.length > 0 ? this.#notBefore : undefined;
  }

  /** Asks for an offer, as soon as there can be one. Hold and resume cancel each other. */
  request(now: Time, reason: OfferReason): OfferStep[] {
    const opposite = OPPOSITE[reason];
    const dropped = this.#requested.filter((other) => other === opposite);
    this.#requested = this.#requested.filter((other) => other !== opposite && other !== reason);
    this.#requested.push(reason);
    const steps = dropped.map(
      (other): OfferStep => ({ step: 'failed', reason: other, failure: 'superseded' }),
    );
    return [...steps, ...this.#next(now)];
  }

  /** The server accepted our offer. Answers to older offers are ignored. */
  accepted(now: Time, number: number, sdp: string): OfferStep[] {
    const pending = this.#pending;
    if (pending?.number !== number || pending.yielded) return [];
    this.#pending = undefined;
    return [{ step: 'apply', sdp }, { step: 'done', reason: pending.reason }, ...this.#next(now)];
  }

  /** The server refused our offer; after a glare it is repeated a little later. */
  refused(now: Time, number: number, failure: string): OfferStep[] {
    const pending = this.#pending;
    if (pending?.number !== number) return [];
    const back: OfferStep[] = pending.yielded ? [] : [{ step: 'roll-back' }];
    if (failure !== 'glare') return [...back, ...this.#fail(now, pending.reason, failure)];
    this.#pending = undefined;
    this.#notBefore = now + GLARE_MS * (1 + this.#random());
    const outdated = OPPOSITE[pending.reason];
    const again = !this.#requested.some(
      (reason) => reason === outdated || reason === pending.reason,
    );
    if (again) this.#requested.unshift(pending.reason);
    return back;
  }

  /** The server offers. If ours is on its way, the server's goes first. */
  offered(number: number, sdp: string): OfferStep[] {
    const steps: OfferStep[] = [];
    if (this.#pending && !this.#pending.yielded) {
      this.#pending.yielded = true;
      steps.push({ step: 'roll-back' });
    }
    steps.push({ step: 'answer', number, sdp });
    return steps;
  }

  /** The browser could not create our offer. */
  failed(now: Time, number: number, failure: string): OfferStep[] {
    const pending = this.#pending;
    return pending?.number === number ? this.#fail(now, pending.reason, failure) : [];
  }

  /** The server could not answer until now. */
  extend(now: Time): void {
    if (this.#pending) this.#pending.until = now + REPLY_MS;
  }

  /** The time of {@link Offers.wakeAt} has come. */
  wake(now: Time): OfferStep[] {
    const pending = this.#pending;
    if (!pending) return this.#next(now);
    if (now < pending.until) return [];
    return this.refused(now, pending.number, 'no-reply');
  }

  #fail(now: Time, reason: OfferReason, failure: string): OfferStep[] {
    this.#pending = undefined;
    return [{ step: 'failed', reason, failure }, ...this.#next(now)];
  }

  #next(now: Time): OfferStep[] {
    if (this.#pending || now < (this.#notBefore ?? now)) return [];
    this.#notBefore = undefined;
    const reason = this.#requested.shift();
    if (!reason) return [];
    this.#numbered += 1;
    this.#pending = { number: this.#numbered, reason, until: now + REPLY_MS, yielded: false };
    return [{ step: 'offer', number: this.#numbered, reason }];
  }
}
