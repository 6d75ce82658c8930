/** When an open link has to send something, and when its server has been silent for too long. */
import { earlier, type Time } from './clock.js';

const ACK_MS = 1_000;
const ACK_FRAMES = 16;
const PROBE_MS = 4_000;
/** An answer that is urgent takes at least this long to be overdue, and so many round trips. */
const URGENT_MS = 750;
const URGENT_TRIPS = 4;
/** A wake-up this late means that the machine or the tab slept, not that the server is silent. */
const LATE_MS = 2_000;
const BEATS_OF_SILENCE = 2.5;

/** What is due. */
export type Due = 'ack' | 'ping' | 'probe' | 'dead';

/** Heartbeats and acknowledgements of one open socket. */
export class Heartbeat {
  readonly #heartbeatMs: number;
  #ackAt: Time | undefined;
  #unacknowledged = 0;
  #beatAt: Time;
  #deadAt: Time;
  #pingedAt: Time | undefined;
  #urgent = false;
  #rttMs: number;

  /** @param tripMs - A first estimate of the round trip, in milliseconds. */
  constructor(now: Time, heartbeatMs: number, tripMs = 0) {
    this.#heartbeatMs = heartbeatMs;
    this.#rttMs = tripMs;
    this.#beatAt = now + heartbeatMs;
    this.#deadAt = now + BEATS_OF_SILENCE * heartbeatMs;
  }

  /** When to call {@link Heartbeat.due}. */
  wakeAt(): Time | undefined {
    return earlier(this.#ackAt, Math.min(this.#beatAt, this.#deadAt));
  }

  /** Whether an urgent ping is unanswered. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Something came from the server. */
  received(now: Time): void {
    this.#urgent = false;
    this.#deadAt = now + BEATS_OF_SILENCE * this.#heartbeatMs;
  }

  /** Something was sent. @param received - Whether it acknowledged what was received. */
  sent(now: Time, received: boolean): void {
    this.#beatAt = now + this.#heartbeatMs;
    if (!received) return;
    this.#ackAt = undefined;
    this.#unacknowledged = 0;
  }

  /** A numbered frame came. True when it must be acknowledged at once. */
  counted(now: Time): boolean {
    this.#ackAt ??= now + ACK_MS;
    this.#unacknowledged += 1;
    return this.#unacknowledged >= ACK_FRAMES;
  }

  /** The server was pinged: it must answer soon. */
  probed(now: Time): void {
    this.#pingedAt = now;
    this.#deadAt = Math.min(this.#deadAt, now + PROBE_MS);
  }

  /** The same when the path may be dead: it must answer within a few round trips. */
  probedUrgently(now: Time): void {
    this.probed(now);
    this.#urgent = true;
    this.#deadAt = Math.min(this.#deadAt, now + Math.max(URGENT_MS, URGENT_TRIPS * this.#rttMs));
  }

  /** The server has answered a ping. */
  answered(now: Time): void {
    if (this.#pingedAt !== undefined) this.#rttMs = now - this.#pingedAt;
    this.#pingedAt = undefined;
  }

  /** What must be done now. After a sleep the server gets one more chance before it counts as dead. */
  due(now: Time): Due | undefined {
    if (now >= this.#deadAt) {
      const slept = now - this.#deadAt > LATE_MS;
      if (!slept) return 'dead';
      this.#deadAt = now + PROBE_MS;
      return 'probe';
    }
    if (this.#ackAt !== undefined && now >= this.#ackAt) return 'ack';
    return now >= this.#beatAt ? 'ping' : undefined;
  }
}
