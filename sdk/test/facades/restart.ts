/** A server that is restarted and keeps the calls, for a page with a vendor's API. */

import { AudioKit } from '../../src/client/audio-kit.js';
import { loadQuality } from '../../src/client/call-audio.js';
import { connectOn } from '../../src/client/connect.js';
import type { Connect } from '../../src/facades/shared/servers.js';
import { loadBitrate } from '../../src/rtc/peer.js';
import { FakePage, settle } from '../client/harness.js';

const RUNNING = {
  from: 'alice',
  to: 'bob',
  duration_s: 0,
  muted: false,
  held: false,
  held_by_peer: false,
};

/** The page's surroundings, and its server. */
export class Restarts {
  readonly page = new FakePage();
  readonly kit: AudioKit = new AudioKit({}, this.page.platform);
  readonly connect: Connect = async (options) => {
    const connecting = connectOn(this.page.platform, { ...options, audio: this.kit });
    await settle();
    this.page.socket.welcome({ instance: 'first' });
    return connecting;
  };

  /** Confirms the registration. */
  async registered(): Promise<void> {
    await loadBitrate();
    await this.#sent('register');
    this.page.socket.deliver({ type: 'registered', devices: 1 });
    await settle();
  }

  /** The page's call is answered, and audio flows. Gives its name on the link. */
  async answered(): Promise<string> {
    await this.#sent('invite');
    const { socket, peer } = this.page;
    const { call } = socket.last('invite');
    socket.deliver({ type: 'trying', call, id: '0'.repeat(32) });
    socket.deliver({ type: 'answered', call, sdp: 'theirs' });
    await loadQuality();
    await settle();
    peer.setState('connected');
    await settle();
    return call as string;
  }

  /** The page takes a moment until it sends that. */
  async #sent(type: string): Promise<void> {
    for (let turn = 0; turn < 20 && !this.page.sockets.at(-1)?.types().includes(type); turn++) {
      await settle();
    }
    this.page.socket.last(type);
  }

  /** Bob calls, with this offer. */
  async rings(sdp: string): Promise<void> {
    const incoming = { type: 'incoming', call: 'in', id: '1'.repeat(32), from: 'bob', to: 'alice' };
    this.page.socket.deliver({ ...incoming, sdp });
    await settle();
  }

  /** The server ends and comes back with this call. */
  async restart(call: string, state: string, direction: string): Promise<void> {
    const { page } = this;
    const stated = page.socket.received;
    page.socket.onclose?.();
    await page.time.pass(1_000);
    page.socket.welcome({
      instance: 'second',
      attached: true,
      registered: true,
      stated,
      calls: [
        {
          ...RUNNING,
          call,
          state,
          direction,
          id: '01'.charAt(Number(state === 'incoming')).repeat(32),
        },
      ],
    });
    await settle();
  }

  /** The server has the call's new audio. */
  async attached(call: string): Promise<void> {
    this.page.socket.deliver({ type: 'accept', call, number: 1, sdp: 'second' });
    await settle();
    this.page.peer.setState('connected');
    await settle();
  }
}
