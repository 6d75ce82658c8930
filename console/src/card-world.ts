/** What surrounds the card of a call. */
import type { Lines } from './lines.js';
import type { NoiseReduction } from './sdk.js';

/** What a card needs of the phone around it. */
export interface CardWorld {
  readonly lines: Lines;
  readonly noise: NoiseReduction;
  /** Holds the calls there are and calls somebody else. */
  dial(to: string): Promise<boolean>;
  /** Something has changed that other cards may show as well. */
  changed(): void;
}
