/** The calls there are, and how they give way to each other: the person talks with one of them at a time. */
import { complain } from './notices.js';
import type { Call } from './sdk.js';

const TALKING: readonly string[] = ['dialing', 'ringing', 'answering', 'up'];

/** All calls of the page that are not over. */
export class Lines {
  readonly #calls: Set<Call> = new Set();
  readonly #changed: () => void;

  /** @param changed - Called when a wish was begun or is done that no event of a call tells of. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Takes one more, until its end. */
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

  /** The one that the person talks with or will next: what is held comes after what is not, old after new. */
  get front(): Call | undefined {
    const taken = [...this.#calls].filter(({ state }) => TALKING.includes(state)).reverse();
    return taken.find(({ held }) => !held) ?? taken[0];
  }

  /** The one that a key means. */
  get meant(): Call | undefined {
    return this.calling ?? this.front ?? [...this.#calls].at(-1);
  }

  /** The newest of those that wait behind the front. */
  get waiting(): Call | undefined {
    return [...this.#calls].reverse().find((call) => this.waits(call));
  }

  /** Whether this one was taken, and another is in front. */
  waits(call: Call): boolean {
    return TALKING.includes(call.state) && this.front !== undefined && this.front !== call;
  }

  /** Whether the person talks with somebody in another call than this. */
  busyBut(call?: Call): boolean {
    return [...this.#calls].some((each) => each !== call && each.state === 'up' && !each.held);
  }

  /** Goes on with a call that is held; whoever is talked with waits. */
  async takeUp(call: Call): Promise<void> {
    if (!(await this.makeRoom(call))) return;
    await this.#done(call.resume());
  }

  /** Lets a call wait. */
  async hold(call: Call): Promise<void> {
    await this.#done(call.hold());
  }

  /**
   * Holds all calls but one. False when that fails: then whoever is there would overhear what is meant for somebody
   * else, and nothing further should be done.
   */
  async makeRoom(but?: Call): Promise<boolean> {
    const others = [...this.#calls].filter(
      (call) => call !== but && call.state === 'up' && !call.held,
    );
    const held = await Promise.all(others.map((call) => this.#done(call.hold())));
    return held.every(Boolean);
  }

  async #done(wish: Promise<void>): Promise<boolean> {
    this.#changed();
    try {
      await wish;
      return true;
    } catch (error) {
      complain(error);
      return false;
    } finally {
      this.#changed();
    }
  }
}
