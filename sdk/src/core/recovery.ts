/** When a call's audio path is to be found anew (ICE restart, RFC 8445 §2.4), and when to give up. */
import { earlier, type Time } from './clock.js';

/** What the browser says about the path. */
export type PathState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** What is to be done. */
export type RecoveryStep = 'restart' | 'give-up';

/** Browsers often come back by themselves within this time. */
const PATIENCE_MS = 1_500;
/** A new network takes a moment until it carries anything. */
const SETTLE_MS = 300;
const FIRST_GAP_MS = 4_000;
const LONGEST_GAP_MS = 16_000;
const FIRST_PATH_MS = 20_000;

/** Watches one path. */
export class Recovery {
  #restartAt: Time | undefined;
  #nextRestart: Time = Number.NEGATIVE_INFINITY;
  #gap = FIRST_GAP_MS;
  #giveUpAt: Time | undefined;
  #connected = false;
  #ever = false;

  /** When {@link Recovery.wake} wants to be called. */
  wakeAt(): Time | undefined {
    return earlier(this.#restartAt, this.#giveUpAt);
  }

  /** Both sides have said their part: from now on there should be a path soon. */
  expected(now: Time): void {
    if (!this.#ever) this.#giveUpAt ??= now + FIRST_PATH_MS;
  }

  /** The browser's view has changed. */
  saw(now: Time, state: PathState): void {
    this.#connected = state === 'connected';
    if (state === 'connected') {
      this.#ever = true;
      this.#giveUpAt = undefined;
      this.#restartAt = undefined;
      this.#gap = FIRST_GAP_MS;
    } else if (state === 'failed') {
      this.#plan(now);
    } else if (state === 'disconnected') {
      this.#plan(now + PATIENCE_MS);
    } else if (state === 'closed') {
      this.#restartAt = undefined;
      this.#giveUpAt = undefined;
    }
  }

  /** The machine has another network now; the old path may be dead without knowing it. */
  moved(now: Time): void {
    if (this.#ever) this.#plan(now + SETTLE_MS);
  }

  /** Time has come. */
  wake(now: Time): RecoveryStep | undefined {
    if (this.#giveUpAt !== undefined && now >= this.#giveUpAt) {
      this.#giveUpAt = undefined;
      this.#restartAt = undefined;
      return 'give-up';
    }
    if (this.#restartAt === undefined || now < this.#restartAt) return undefined;
    this.#nextRestart = now + this.#gap;
    this.#gap = Math.min(LONGEST_GAP_MS, this.#gap * 2);
    // While there is no path, one attempt follows the other; the call itself is the server's to end.
    this.#restartAt = this.#connected ? undefined : this.#nextRestart;
    return 'restart';
  }

  #plan(at: Time): void {
    const allowed = Math.max(at, this.#nextRestart);
    this.#restartAt = earlier(this.#restartAt, allowed);
  }
}
