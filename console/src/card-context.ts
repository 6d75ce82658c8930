/** What the cards of calls share. */
import type { Lines } from './lines.js';
import type { NoiseReduction } from './sdk.js';

/** What a card needs of its phone. */
export interface CardContext {
  readonly lines: Lines;
  readonly noise: NoiseReduction;
  /** Holds the present calls and makes another one. */
  dial(to: string): Promise<boolean>;
  /** Something has changed that other cards may show as well. */
  changed(): void;
}
