/** How long the steps of a connection take, read off the browser's own events. */
import type { NetworkTiming } from './preflight-report.js';

const BEGUN: readonly string[] = ['connecting', 'checking'];
const DONE: readonly string[] = ['connected', 'completed', 'stable'];

/** Watches one connection; `timing` is filled as it goes. */
export class Stopwatch {
  readonly timing: NetworkTiming = { signaling: { start: Date.now() } };

  /** From now on. */
  watch(connection: RTCPeerConnection): void {
    const steps = [
      ['signalingstatechange', 'signaling', () => connection.signalingState],
      ['iceconnectionstatechange', 'ice', () => connection.iceConnectionState],
      ['connectionstatechange', 'peerConnection', () => connection.connectionState],
    ] as const;
    for (const [event, step, state] of steps) {
      connection.addEventListener(event, () => this.#note(step, state()));
    }
    const [sender] = connection.getSenders();
    const transport = sender?.transport;
    if (!transport) return;
    this.#note('dtls', transport.state);
    transport.addEventListener('statechange', () => this.#note('dtls', transport.state));
  }

  #note(step: keyof NetworkTiming, state: string): void {
    const before = this.timing[step];
    if (BEGUN.includes(state) || !before) this.timing[step] = { start: Date.now() };
    const now = this.timing[step];
    if (!now || !DONE.includes(state) || now.end !== undefined) return;
    now.end = Date.now();
    now.duration = now.end - now.start;
  }
}
