/** What a vendor has as plain fields, a page's tests put values of their own into. */

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
