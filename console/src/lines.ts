/** The present calls: the user talks in one of them at a time. */
import { showError } from './notices.js';
import type { Call } from './sdk.js';

const TALKING: readonly string[] = ['dialing', 'ringing', 'answering', 'up'];

/** All calls of the page that are not over. */
export class Lines {
  readonly #calls: Set<Call> = new Set();
  readonly #changed: () => void;

  /** @param changed - Called when a request has begun or is done without an event of a call. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Adds a call, until its end. */
  add(call: Call): void {
    this.#calls.add(call);
    call.on('ended', () => this.#calls.delete(call));
  }

  /** How many there are. */
  get size(): number {
    return this.#calls.size;
  }

  /** The one that rings, if one does; the oldest of several. */
  get calling(): Call | undefined {
    return [...this.#calls].find(({ state }) => state === 'incoming');
  }

  /** The one that the user talks in or will next: what is held comes after what is not, old after new. */
  get front(): Call | undefined {
    const taken = [...this.#calls].filter(({ state }) => TALKING.includes(state)).reverse();
    return taken.find(({ held }) => !held) ?? taken[0];
  }

  /** The one that a shortcut acts on. */
  get keyTarget(): Call | undefined {
    return this.calling ?? this.front ?? [...this.#calls].at(-1);
  }

  /** The newest of those that wait behind the front. */
  get waiting(): Call | undefined {
    return [...this.#calls].reverse().find((call) => this.waits(call));
  }

  /** Whether this one was accepted, and another is in front. */
  waits(call: Call): boolean {
    return TALKING.includes(call.state) && this.front !== undefined && this.front !== call;
  }

  /** Whether the user talks in another call than this. */
  hasOtherActive(call?: Call): boolean {
    return [...this.#calls].some((each) => each !== call && each.state === 'up' && !each.held);
  }

  /** Resumes a held call; the others are held. */
  async resume(call: Call): Promise<void> {
    if (!(await this.holdOthers(call))) return;
    await this.#done(call.resume());
  }

  /** Holds a call. */
  async hold(call: Call): Promise<void> {
    await this.#done(call.hold());
  }

  /**
   * Holds all calls but one. False when that fails: then the other party would overhear what is meant for another
   * party, and nothing further should be done.
   */
  async holdOthers(but?: Call): Promise<boolean> {
    const others = [...this.#calls].filter(
      (call) => call !== but && call.state === 'up' && !call.held,
    );
    const held = await Promise.all(others.map((call) => this.#done(call.hold())));
    return held.every(Boolean);
  }

  async #done(request: Promise<void>): Promise<boolean> {
    this.#changed();
    try {
      await request;
      return true;
    } catch (error) {
      showError(error);
      return false;
    } finally {
      this.#changed();
    }
  }
}
