/** Offers and answers in a running call (RFC 3264 §8): one at a time, numbered, glare resolved. */
import type { Random, Time } from './clock.js';
import type { OfferReason } from './frames.js';

/** What has to be done with the peer connection and the link, in this order. */
export type OfferStep =
  | { readonly step: 'offer'; readonly number: number; readonly why: OfferReason }
  | { readonly step: 'apply'; readonly sdp: string }
  | { readonly step: 'answer'; readonly number: number; readonly sdp: string }
  | { readonly step: 'roll-back' }
  | { readonly step: 'done'; readonly why: OfferReason }
  | { readonly step: 'failed'; readonly why: OfferReason; readonly reason: string };

const REPLY_MS = 30_000;
const GLARE_MS = 1_000;
const OPPOSITE: Partial<Record<OfferReason, OfferReason>> = { hold: 'resume', resume: 'hold' };

/** The offers of one call. Each input gives the steps to take. */
export class Offers {
  readonly #random: Random;
  #numbered = 0;
  #wanted: OfferReason[] = [];
  #pending: { number: number; why: OfferReason; until: Time; yielded: boolean } | undefined;
  #notBefore: Time | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When {@link Offers.wake} wants to be called. */
  wakeAt(): Time | undefined {
    if (this.#pending) return this.#pending.until;
    return this.#wanted.length > 0 ? this.#notBefore : undefined;
  }

  /** Asks for an offer, as soon as there can be one. Hold and resume cancel each other. */
  want(now: Time, why: OfferReason): OfferStep[] {
    const opposite = OPPOSITE[why];
    const dropped = this.#wanted.filter((other) => other === opposite);
    this.#wanted = this.#wanted.filter((other) => other !== opposite && other !== why);
    this.#wanted.push(why);
    const steps = dropped.map(
      (other): OfferStep => ({ step: 'failed', why: other, reason: 'superseded' }),
    );
    return [...steps, ...this.#next(now)];
  }

  /** The server took our offer. Answers to offers of old are left alone. */
  accepted(now: Time, number: number, sdp: string): OfferStep[] {
    const pending = this.#pending;
    if (pending?.number !== number || pending.yielded) return [];
    this.#pending = undefined;
    return [{ step: 'apply', sdp }, { step: 'done', why: pending.why }, ...this.#next(now)];
  }

  /** The server refused our offer; after a glare it is made again a little later. */
  refused(now: Time, number: number, reason: string): OfferStep[] {
    const pending = this.#pending;
    if (pending?.number !== number) return [];
    this.#pending = undefined;
    const back: OfferStep[] = pending.yielded ? [] : [{ step: 'roll-back' }];
    if (reason !== 'glare') {
      return [...back, { step: 'failed', why: pending.why, reason }, ...this.#next(now)];
    }
    this.#notBefore = now + GLARE_MS * (1 + this.#random());
    const outdated = OPPOSITE[pending.why];
    const again = !this.#wanted.some((why) => why === outdated || why === pending.why);
    if (again) this.#wanted.unshift(pending.why);
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

  /** Our offer could not even be made. */
  broken(now: Time, number: number, reason: string): OfferStep[] {
    const pending = this.#pending;
    if (pending?.number !== number) return [];
    this.#pending = undefined;
    return [{ step: 'failed', why: pending.why, reason }, ...this.#next(now)];
  }

  /** Time has come. */
  wake(now: Time): OfferStep[] {
    const pending = this.#pending;
    if (!pending) return this.#next(now);
    if (now < pending.until) return [];
    this.#pending = undefined;
    const back: OfferStep[] = pending.yielded ? [] : [{ step: 'roll-back' }];
    return [...back, { step: 'failed', why: pending.why, reason: 'no-reply' }, ...this.#next(now)];
  }

  #next(now: Time): OfferStep[] {
    if (this.#pending || now < (this.#notBefore ?? now)) return [];
    this.#notBefore = undefined;
    const why = this.#wanted.shift();
    if (!why) return [];
    this.#numbered += 1;
    this.#pending = { number: this.#numbered, why, until: now + REPLY_MS, yielded: false };
    return [{ step: 'offer', number: this.#numbered, why }];
  }
}
