/** The server's offer of an incoming call: a server that was restarted makes another one, some time later. */

/** One call's. */
export class IncomingOffer {
  #sdp: Promise<string>;
  #replace: ((sdp: string) => void) | undefined;

  constructor(sdp: string) {
    this.#sdp = Promise.resolve(sdp);
  }

  /** The present one, as soon as it is there. */
  get sdp(): Promise<string> {
    return this.#sdp;
  }

  /** It is of no use any more: another one will come. */
  expire(): void {
    if (this.#replace) return;
    this.#sdp = new Promise((replace) => {
      this.#replace = replace;
    });
  }

  /** Another one came, or the end of the call. */
  replace(sdp: string): void {
    this.#replace?.(sdp);
    this.#replace = undefined;
  }
}
