/** What all parts of one client share, in one object. */
import type { AudioKit } from '../../client/audio-kit.js';
import type { Console } from './console.js';
import type { Settings } from './options.js';

/** One client's. */
export interface ClientContext {
  readonly settings: Settings;
  readonly log: Console;
  readonly kit: AudioKit;
  /** Emits an event to the page, after the queued ones. */
  emit(event: string, ...values: unknown[]): void;
  /** Emits after the page's own call of a method has returned. */
  emitLater(event: string, ...values: unknown[]): void;
  /** Whether the page listens to an event. */
  hasListeners(event: string): boolean;
}
