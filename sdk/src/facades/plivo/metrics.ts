/** Tells the page how a call fares: `mediaMetrics`. */
import type { Call } from '../../client/call.js';
import type { Timers } from '../../core/clock.js';
import { Monitor, type Warning } from '../../quality/monitor.js';
import type { QualitySample } from '../../quality/sample.js';
import { MEASURED, type MediaMetric, ONE_WAY, type Spelling } from './metric-rules.js';

/** Candidates should be gathered by then. */
const GATHER_MS = 2_000;

/** What metrics need of their client. */
export interface MetricsWorld {
  readonly timers: Timers;
  /** Whether `no_microphone_access` is wanted. */
  readonly preDetectOwa: boolean;
  tell(metric: MediaMetric): void;
}

/** How one call fares. */
export class Metrics {
  readonly #world: MetricsWorld;
  readonly #call: Call;
  readonly #spellings: readonly Spelling[];
  readonly #monitors: readonly Monitor[];
  readonly #stop: (() => void)[];
  #interrupted = false;

  constructor(call: Call, world: MetricsWorld) {
    this.#world = world;
    this.#call = call;
    this.#spellings = world.preDetectOwa ? [...MEASURED, ONE_WAY] : MEASURED;
    // One monitor a rule: it is by its place that a warning knows how it is spelled.
    this.#monitors = this.#spellings.map(({ rule }) => new Monitor([rule], { standMs: 0 }));
    const path = (): void => this.#path();
    call.connection.addEventListener?.('iceconnectionstatechange', path);
    this.#stop = [
      call.on('sample', (sample) => this.#measured(sample)),
      call.on('speaking-while-muted', () => this.#speaking()),
      world.timers.after(GATHER_MS, () => this.#gathered()),
      () => call.connection.removeEventListener?.('iceconnectionstatechange', path),
    ];
  }

  /** The call is over. */
  close(): void {
    for (const stop of this.#stop) stop();
  }

  #measured(sample: QualitySample): void {
    const { muted, held, heldByPeer } = this.#call;
    if (held || heldByPeer) {
      for (const monitor of this.#monitors) monitor.forget();
      return;
    }
    // Whoever is muted is silent of their own will.
    const seen = muted ? { ...sample, levelIn: undefined } : sample;
    this.#monitors.forEach((monitor, place) => {
      const spelling = this.#spellings[place];
      for (const warning of monitor.take(seen)) if (spelling) this.#warn(spelling, warning);
    });
  }

  #warn({ group, type, desc, stream, spell }: Spelling, { raised, values }: Warning): void {
    const value = spell(values);
    this.#world.tell({ group, level: 'warning', type, value, active: raised, desc, stream });
  }

  #path(): void {
    const { iceConnectionState: state } = this.#call.connection;
    const broken = state === 'disconnected' || state === 'failed';
    if (!broken && (!this.#interrupted || state === 'checking')) return;
    this.#interrupted = broken;
    this.#world.tell({
      group: 'network',
      level: 'warning',
      type: 'ice_connection',
      // Browsers that have looked at every path say `completed`, which means the same here.
      value: broken ? state : 'connected',
      active: broken,
      desc: 'network drop',
      stream: 'None',
    });
  }

  #gathered(): void {
    if (this.#call.connection.iceGatheringState === 'complete') return;
    this.#world.tell({
      group: 'network',
      level: 'warning',
      type: 'ice_timeout',
      value: String(GATHER_MS),
      active: true,
      desc: 'Possible NAT/Firewall issue',
      stream: 'None',
    });
  }

  #speaking(): void {
    this.#world.tell({
      group: 'audio',
      level: 'warning',
      type: 'speaking_on_mute',
      value: '0',
      active: true,
      desc: 'User is trying to speak on mute',
      stream: 'None',
    });
  }
}
