/** A wire between page and server that can be cut: it carries bytes and knows nothing of what they mean. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One wire. Pages that load through it reach their link through it, too. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #whole = true;
  port = 0;

  constructor(target: number) {
    this.#server = createServer((near) => {
      if (!this.#whole) {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  /** Begins to carry; gives the address for pages. */
  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const address = this.#server.address();
    this.port = typeof address === 'object' && address ? address.port : 0;
    return `http://localhost:${this.port}`;
  }

  /** Cuts everything, and lets nothing new through. */
  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Carries again. */
  mend(): void {
    this.#whole = true;
  }

  /** Ends it. */
  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
