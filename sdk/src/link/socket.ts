/** Gives the link its sockets and its time: the only place of the SDK where a WebSocket is opened. */
import type { Time, Timers } from '../core/clock.js';
import type { Credentials, PageFrame } from '../core/frames.js';
import type { Link, LinkOutput } from '../core/link.js';

/** Why a socket was closed (RFC 6455 §7.4). */
export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

/** The part of a WebSocket that is needed. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event?: SocketClose) => void) | null;
  send(text: string): void;
  close(code: number): void;
}

/** Events of a link and its sockets. */
export interface LinkSocketEvents {
  /** Takes what the link delivers to the client. */
  handle(output: LinkOutput): void;
  /** A socket was lost; called before what follows from that. */
  dropped(close: SocketClose): void;
}

/** Runs one link until it is ended. */
export class LinkSocket {
  readonly #link: Link;
  readonly #timers: Timers;
  readonly #connect: () => SocketLike;
  readonly #events: LinkSocketEvents;
  #socket: SocketLike | undefined;
  #cancel: (() => void) | undefined;
  #busy = false;

  /** @param connect - Opens a socket to the server. */
  constructor(link: Link, timers: Timers, connect: () => SocketLike, events: LinkSocketEvents) {
    this.#link = link;
    this.#timers = timers;
    this.#connect = connect;
    this.#events = events;
  }

  get state(): Link['state'] {
    return this.#link.state;
  }

  /** Begins, or goes on with other credentials after a refusal. */
  start(auth?: Credentials): void {
    this.#link.start(this.#now(), auth);
    this.#run();
  }

  /** See {@link Link.send}. */
  send(frame: PageFrame): number | undefined {
    const seq = this.#link.send(this.#now(), frame);
    this.#run();
    return seq;
  }

  /** The credentials of the next socket. */
  renewed(auth: Credentials): void {
    this.#link.renewed(auth);
  }

  /** See {@link Link.nudge}. */
  nudge(): void {
    this.#link.nudge(this.#now());
    this.#run();
  }

  /** See {@link Link.probe}. */
  probe(): void {
    this.#link.probe(this.#now());
    this.#run();
  }

  /** Ends it for good. */
  end(): void {
    this.#link.end(this.#now());
    this.#run();
  }

  #now(): Time {
    return this.#timers.now();
  }

  /** Does what the link wants done. What is sent meanwhile is done by the same loop, in order. */
  #run(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let output = this.#link.poll(); output; output = this.#link.poll()) {
        if (output.kind === 'connect') this.#open();
        else if (output.kind === 'send') this.#socket?.send(output.text);
        else if (output.kind === 'close') this.#drop(output.code);
        else this.#deliver(output);
      }
    } finally {
      this.#busy = false;
    }
    this.#schedule();
  }

  /** A listener's fault must not stop the link; it surfaces as an unhandled rejection. */
  #deliver(output: LinkOutput): void {
    try {
      this.#events.handle(output);
    } catch (fault) {
      void Promise.reject(fault);
    }
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const at = this.#link.wakeAt();
    if (at === undefined) return;
    this.#cancel = this.#timers.after(Math.max(0, at - this.#now()), () => {
      this.#link.wake(this.#now());
      this.#run();
    });
  }

  #open(): void {
    let socket: SocketLike;
    try {
      socket = this.#connect();
    } catch {
      // A content policy forbids it, perhaps only for now: the same as a server that is not there.
      this.#link.closed(this.#now());
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#link.opened(this.#now());
      this.#run();
    };
    socket.onmessage = ({ data: text }) => {
      // Binary messages are no frames; the link closes the socket on what is not JSON.
      this.#link.receive(this.#now(), typeof text === 'string' ? text : '');
      this.#run();
    };
    socket.onclose = (event) => {
      this.#forget(socket);
      // RFC 6455 §7.1.5: 1006 is a connection that was lost without a close frame.
      this.#events.dropped({ code: event?.code ?? 1006, reason: event?.reason ?? '' });
      this.#link.closed(this.#now());
      this.#run();
    };
  }

  #drop(code: number): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#forget(socket);
    socket.close(code);
  }

  #forget(socket: SocketLike): void {
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    if (this.#socket === socket) this.#socket = undefined;
  }
}
