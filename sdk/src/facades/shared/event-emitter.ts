/** Events as pages know them from Node: named, with any number of values, in the order of listening. */

// biome-ignore lint/suspicious/noExplicitAny: listeners take whatever they like.
type AnyListener = (...values: any[]) => void;

interface Entry {
  readonly listener: AnyListener;
  readonly once: boolean;
}

/**
 * An event emitter with the methods of Node's. A listener that throws disturbs neither the others
 * nor us, and an `error` without a listener is only logged.
 *
 * @public
 */
export class EventEmitter {
  readonly #entries: Map<string | symbol, readonly Entry[]> = new Map();

  /** Calls `listener` at each `event`. */
  on(event: string | symbol, listener: AnyListener): this {
    return this.#add(event, { listener, once: false }, true);
  }

  /** Calls `listener` at the next `event` only. */
  once(event: string | symbol, listener: AnyListener): this {
    return this.#add(event, { listener, once: true }, true);
  }

  /** As `on`. */
  addListener(event: string | symbol, listener: AnyListener): this {
    return this.on(event, listener);
  }

  /** As `on`, before those who listen already. */
  prependListener(event: string | symbol, listener: AnyListener): this {
    return this.#add(event, { listener, once: false }, false);
  }

  /** As `once`, before those who listen already. */
  prependOnceListener(event: string | symbol, listener: AnyListener): this {
    return this.#add(event, { listener, once: true }, false);
  }

  /** Takes a listener back. */
  off(event: string | symbol, listener: AnyListener): this {
    const entries = this.#entries.get(event) ?? [];
    const last = [...entries].reverse().find((entry) => entry.listener === listener);
    if (last) this.#drop(event, last);
    return this;
  }

  /** As `off`. */
  removeListener(event: string | symbol, listener: AnyListener): this {
    return this.off(event, listener);
  }

  /** Takes all listeners back, or those of one event. */
  removeAllListeners(event?: string | symbol): this {
    const events = event === undefined ? this.eventNames() : [event];
    for (const each of events) this.#set(each, []);
    return this;
  }

  /** Calls all listeners of an event. @returns Whether there were any. */
  // biome-ignore lint/suspicious/noExplicitAny: as the listeners.
  emit(event: string | symbol, ...values: any[]): boolean {
    const entries = this.#entries.get(event) ?? [];
    for (const entry of entries) {
      if (entry.once) this.#drop(event, entry);
      try {
        entry.listener.apply(this, values);
      } catch (fault) {
        // Where pages and test runners look for such things.
        void Promise.reject(fault);
      }
    }
    return entries.length > 0;
  }

  /** The listeners of an event. */
  listeners(event: string | symbol): AnyListener[] {
    return (this.#entries.get(event) ?? []).map(({ listener }) => listener);
  }

  /** As `listeners`. */
  rawListeners(event: string | symbol): AnyListener[] {
    return this.listeners(event);
  }

  /** How many listen to an event. */
  listenerCount(event: string | symbol): number {
    return this.#entries.get(event)?.length ?? 0;
  }

  /** The events that are listened to. */
  eventNames(): (string | symbol)[] {
    return [...this.#entries.keys()];
  }

  /** There is no limit here. */
  setMaxListeners(_most: number): this {
    return this;
  }

  /** 0 is no limit. */
  getMaxListeners(): number {
    return 0;
  }

  /** Listeners of an event have come or gone. */
  protected listened(_event: string | symbol): void {
    // Most events cost nothing without a listener.
  }

  #add(event: string | symbol, entry: Entry, last: boolean): this {
    if (typeof entry.listener !== 'function') {
      throw new TypeError('The "listener" argument must be of type Function.');
    }
    const entries = this.#entries.get(event) ?? [];
    this.#set(event, last ? [...entries, entry] : [entry, ...entries]);
    return this;
  }

  #drop(event: string | symbol, gone: Entry): void {
    this.#set(
      event,
      (this.#entries.get(event) ?? []).filter((entry) => entry !== gone),
    );
  }

  #set(event: string | symbol, entries: readonly Entry[]): void {
    if (entries.length > 0) this.#entries.set(event, entries);
    else this.#entries.delete(event);
    this.listened(event);
  }
}

/** Lets a page replace each value that `object` has by a getter of its classes, up to but without `stop`. */
export function settable(object: object, stop: object): void {
  let level: unknown = Object.getPrototypeOf(object);
  while (typeof level === 'object' && level !== null && level !== stop) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      const set = (value: unknown): void =>
        void Object.defineProperty(object, name, { value, configurable: true, writable: true });
      if (get) Object.defineProperty(object, name, { get, set, configurable: true });
    }
    level = Object.getPrototypeOf(level);
  }
}

/**
 * Makes each method one of the object's own, up to but without `stop`: pages pass methods around without their object, as in
 * `onClick={client.hangup}`, and their tests put methods of their own in place of ours.
 */
export function bindMethods(object: object, stop: object): void {
  let level: unknown = Object.getPrototypeOf(object);
  while (typeof level === 'object' && level !== null && level !== stop) {
    for (const [name, { value: method }] of Object.entries(
      Object.getOwnPropertyDescriptors(level),
    )) {
      if (typeof method !== 'function' || name === 'constructor') continue;
      const value = method.bind(object);
      Object.defineProperty(object, name, { value, configurable: true, writable: true });
    }
    level = Object.getPrototypeOf(level);
  }
}
