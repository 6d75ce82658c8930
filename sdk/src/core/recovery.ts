/** When a call's audio path is to be renewed (ICE restart, RFC 8445 §2.4), and when to give up. */
import { earlier, type Time } from './clock.js';

/** The path's state as the browser reports it. */
export type PathState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/**
 * That, and what else is known of it. expected: offer and answer are exchanged, so that there should be a path soon.
 * network-changed: the machine may have another network. lost, restored: found out before the browser reports it.
 * link-lost, link-restored: no path can be agreed on meanwhile.
 */
export type PathSign =
  | PathState
  | 'expected'
  | 'network-changed'
  | 'lost'
  | 'restored'
  | 'link-lost'
  | 'link-restored';

/** What is to be done. */
export type RecoveryStep = 'restart' | 'give-up';

/** How soon the path is looked for: browsers often come back by themselves after `disconnected`. */
const RESTART_MS = { failed: 0, lost: 0, disconnected: 1_500 } as const;
/** A new network takes a moment until it carries anything. */
const SETTLE_MS = 300;
const FIRST_GAP_MS = 4_000;
const LONGEST_GAP_MS = 16_000;
const FIRST_PATH_MS = 20_000;
/** How long a path that was there may be away, unless the server sets another limit. */
const LOST_PATH_MS = 30_000;

/** Watches one path. */
export class Recovery {
  #restartAt: Time | undefined;
  #nextRestart: Time = Number.NEGATIVE_INFINITY;
  #gap = FIRST_GAP_MS;
  #giveUpAt: Time | undefined;
  /** Since when the link is away: limits do not run. */
  #stoppedAt: Time | undefined;
  #connected = false;
  #ever = false;
  readonly #lostMs: number;

  /** @param lostMs - How long a path that was there may be away, in milliseconds. */
  constructor(lostMs: number = LOST_PATH_MS) {
    this.#lostMs = lostMs;
  }

  /** When to call {@link Recovery.wake}. */
  wakeAt(): Time | undefined {
    return earlier(this.#restartAt, this.#stoppedAt === undefined ? this.#giveUpAt : undefined);
  }

  /** Something was seen of the path. */
  observe(now: Time, sign: PathSign): void {
    if (sign === 'link-lost') this.#stoppedAt ??= now;
    else if (sign === 'link-restored') this.#goOn(now);
    else if (sign === 'expected') {
      if (!this.#ever) this.#limit(now, FIRST_PATH_MS);
    } else if (sign === 'network-changed') {
      if (this.#ever) this.#plan(now + SETTLE_MS);
    } else if (sign === 'closed') this.#forget();
    else if (sign === 'connected' || sign === 'restored') {
      this.#connected = true;
      this.#ever = true;
      this.#gap = FIRST_GAP_MS;
      this.#forget();
    } else this.#away(now, sign);
  }

  /** The time of {@link Recovery.wakeAt} has come. */
  wake(now: Time): RecoveryStep | undefined {
    if (this.#stoppedAt === undefined && now >= (this.#giveUpAt ?? Number.POSITIVE_INFINITY)) {
      this.#forget();
      return 'give-up';
    }
    if (this.#restartAt === undefined || now < this.#restartAt) return undefined;
    this.#nextRestart = now + this.#gap;
    this.#gap = Math.min(LONGEST_GAP_MS, this.#gap * 2);
    // While there is no path, one attempt follows the other until it is time to give up.
    this.#restartAt = this.#connected ? undefined : this.#nextRestart;
    return 'restart';
  }

  #away(now: Time, sign: PathSign): void {
    this.#connected = false;
    if (this.#ever) this.#limit(now, this.#lostMs);
    if (sign in RESTART_MS) this.#plan(now + RESTART_MS[sign as keyof typeof RESTART_MS]);
  }

  #limit(now: Time, ms: number): void {
    this.#giveUpAt ??= (this.#stoppedAt ?? now) + ms;
  }

  #goOn(now: Time): void {
    if (this.#giveUpAt !== undefined) this.#giveUpAt += now - (this.#stoppedAt ?? now);
    this.#stoppedAt = undefined;
  }

  #forget(): void {
    this.#restartAt = undefined;
    this.#giveUpAt = undefined;
  }

  #plan(at: Time): void {
    const allowed = Math.max(at, this.#nextRestart);
    this.#restartAt = earlier(this.#restartAt, allowed);
  }
}
