/** What a link is made with. */
import type { Random } from './clock.js';
import type { Credentials, LinkKey } from './frames.js';

/** What a link needs to begin. */
export interface LinkOptions {
  /** Nothing when the key of a link is all there is. */
  readonly auth: Credentials | undefined;
  readonly random: Random;
  /** Name and version, for the server's log. */
  readonly sdk: string;
  /** The link of the page before this one, whose calls are to be taken over. */
  readonly attach?: LinkKey | undefined;
}
