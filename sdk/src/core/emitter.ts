/** Typed events, without the DOM and without a global bus. */

/** Takes one event. @public */
export type Listener<Payload> = (payload: Payload) => void;

/**
 * Calls listeners at events. A listener that throws disturbs neither the others nor us: its error
 * surfaces as an unhandled rejection, where pages and test runners look for such things.
 *
 * @public
 */
export class Emitter<Events extends object> {
  readonly #listeners: Map<keyof Events, Set<Listener<never>>> = new Map();

  /** Calls `listener` at each `event` from now on. Gives the function that stops that. */
  on<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): () => void {
    const existing = this.#listeners.get(event);
    const listeners = existing ?? new Set<Listener<never>>();
    if (!existing) this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => this.off(event, listener);
  }

  /** Calls `listener` at the next `event` only. Gives the function that takes it back. */
  once<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): () => void {
    const stop = this.on(event, (payload) => {
      stop();
      listener(payload);
    });
    return stop;
  }

  /** Stops what {@link Emitter.on} began; unknown listeners are no error. */
  off<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#listeners.get(event);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(event);
  }

  /** Whether `event` has a listener; without one, costly things need not be measured. */
  hasListeners(event: keyof Events): boolean {
    return this.#listeners.has(event);
  }

  /** Calls the present listeners. */
  protected emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as Listener<Events[Name]>)(payload);
      } catch (fault) {
        void Promise.reject(fault);
      }
    }
  }
}
