/** The way in: `new Plivo(options).client`. */
import { Client } from './client.js';
import type { ConfigurationOptions } from './options.js';

/** Makes a client. Each one is a phone of its own. @public */
export class Plivo {
  /** The phone. */
  readonly client: Client;

  /** @param options - All of them have defaults; what makes no sense is logged and left out. */
  constructor(options?: ConfigurationOptions) {
    this.client = new Client(options);
  }
}
