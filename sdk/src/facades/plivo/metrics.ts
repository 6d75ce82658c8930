/** Quality warnings of a call for the page: `mediaMetrics`. */
import type { Call } from '../../client/call.js';
import { Monitor, type Warning } from '../../quality/monitor.js';
import { above, always, below, often, type Rule, type RuleTable } from '../../quality/rules.js';
import type { QualitySample } from '../../quality/sample.js';
import type { ClientContext } from './options.js';

/** What a warning is about. @public */
export type MetricType =
  | 'high_jitter'
  | 'high_rtt'
  | 'high_packetloss'
  | 'low_mos'
  | 'no_audio_received'
  | 'ice_timeout'
  | 'no_microphone_access'
  | 'ice_connection'
  | 'speaking_on_mute';

/** A quality warning, as `mediaMetrics` carries it. @public */
export interface MediaMetric {
  readonly group: 'network' | 'audio';
  readonly level: 'warning';
  readonly type: MetricType;
  /** In the unit of the threshold; a text where the vendor sends one. */
  readonly value?: number | string;
  /** False when it is over. */
  readonly active: boolean;
  readonly desc: string;
  readonly stream: 'local' | 'remote' | 'None';
}

/** A rule, and how its warning is emitted. */
export interface MetricRule extends Rule {
  readonly group: MediaMetric['group'];
  readonly type: MetricType;
  readonly desc: string;
  readonly stream: MediaMetric['stream'];
  /** The value to emit, from the values that were judged, the newest last. */
  format(values: readonly number[]): number | string;
}

const JITTER_MS = 30;
const RTT_MS = 400;
const OPUS_LOSS = 0.1;
const PCMU_LOSS = 0.2;
const MOS = 3;
/** Bytes within three seconds. */
const LEAST_BYTES = 80;
/** -66 dB of full scale: the level of a microphone that is switched off, and of no other. */
const SILENT = 0.0005;
/** People listen longer than three seconds at a time. */
const SILENT_S = 10;
const QUIETEST_DB = -100;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const newest = (values: readonly number[]): number => values.at(-1) ?? 0;
const decibels = (level: number): number =>
  level <= 0 ? QUIETEST_DB : Math.max(QUIETEST_DB, rounded(20 * Math.log10(level), 1));

function silent(name: string, value: Rule['value']): Rule {
  return always(name, value, below(SILENT), SILENT_S, 1);
}

const isPcm = ({ codec }: QualitySample): boolean =>
  codec?.toLowerCase().startsWith('pcm') ?? false;

/** Loss counts by the threshold of the codec that is in use. */
function loss(name: string, value: Rule['value']): readonly Rule[] {
  return [
    often(name, (sample) => (isPcm(sample) ? undefined : value(sample)), above(OPUS_LOSS)),
    often(name, (sample) => (isPcm(sample) ? value(sample) : undefined), above(PCMU_LOSS)),
  ];
}

const network = { group: 'network' } as const;
const audio = { group: 'audio' } as const;

const jitter = (stream: 'local' | 'remote', desc: string, value: Rule['value']): MetricRule => ({
  ...network,
  ...often(`high_jitter ${stream}`, value, above(JITTER_MS)),
  type: 'high_jitter',
  desc,
  stream,
  format: (values) => rounded(newest(values), 0),
});

const lossy = (stream: 'local' | 'remote', desc: string, value: Rule['value']): MetricRule[] =>
  loss(`high_packetloss ${stream}`, value).map((rule) => ({
    ...network,
    ...rule,
    type: 'high_packetloss',
    desc,
    stream,
    format: (values) => rounded(mean(values), 3),
  }));

const quiet = (stream: 'local' | 'remote', value: Rule['value']): MetricRule => ({
  ...audio,
  ...silent(`no_audio_received ${stream}`, value),
  type: 'no_audio_received',
  desc: `${stream}_audio`,
  stream,
  format: (values) => decibels(newest(values)),
});

/** Too little is sent to be the sound of any microphone. */
const oneWay: Rule = {
  name: 'no_microphone_access',
  threshold: LEAST_BYTES,
  window: 3,
  value: ({ interval }) => interval.bytesSent,
  judge: (values) => {
    const sent = values.reduce((sum, bytes) => sum + bytes, 0);
    const full = values.length >= 3;
    return { bad: full && sent < LEAST_BYTES, good: full && sent >= LEAST_BYTES };
  },
};

/** What is measured once a second. */
export const MEASURED: RuleTable<MetricRule> = [
  jitter('local', 'jitterLocalMeasures', (sample) => sample.outboundJitterMs),
  jitter('remote', 'jitterRemoteMeasures', (sample) => sample.jitterMs),
  {
    ...network,
    ...often('high_rtt', ({ rttMs }) => rttMs, above(RTT_MS)),
    type: 'high_rtt',
    desc: 'high latency',
    stream: 'None',
    format: (values) => mean(values).toFixed(2),
  },
  ...lossy('local', 'packetLossLocalMeasure', (sample) => sample.outboundLoss),
  ...lossy('remote', 'packetLossRemoteMeasure', (sample) => sample.inboundLoss),
  {
    ...network,
    ...often('low_mos', ({ mos }) => mos, below(MOS)),
    type: 'low_mos',
    desc: 'mosRemoteMeasure',
    stream: 'None',
    format: (values) => rounded(newest(values), 3),
  },
  quiet('local', (sample) => sample.inputLevel),
  quiet('remote', (sample) => sample.outputLevel),
];

/** What is measured as well when the page has asked for it. */
export const ONE_WAY: MetricRule = {
  ...audio,
  ...oneWay,
  type: 'no_microphone_access',
  desc: 'Chrome lost access to microphone — restart browser',
  stream: 'None',
  format: newest,
};

/** Candidates should be gathered by then. */
const GATHER_MS = 2_000;

/** The quality warnings of one call. */
export class Metrics {
  readonly #context: ClientContext;
  readonly #call: Call;
  readonly #monitor: Monitor<MetricRule>;
  readonly #stop: (() => void)[];
  #interrupted = false;

  constructor(call: Call, context: ClientContext) {
    this.#context = context;
    this.#call = call;
    const rules = context.settings.preDetectOwa ? [...MEASURED, ONE_WAY] : MEASURED;
    this.#monitor = new Monitor(rules, { standMs: 0 });
    const path = (): void => this.#path();
    let watched: RTCPeerConnection | undefined;
    const watch = (connection?: RTCPeerConnection): void => {
      watched?.removeEventListener?.('iceconnectionstatechange', path);
      watched = connection;
      watched?.addEventListener?.('iceconnectionstatechange', path);
    };
    watch(call.connection);
    this.#stop = [
      call.on('sample', (sample) => this.#measured(sample)),
      call.on('speaking-while-muted', () => this.#speaking()),
      context.kit.platform.timers.after(GATHER_MS, () => this.#gathered()),
      // After a restart of the server there is another connection.
      call.on('audio', () => watch(call.connection)),
      () => watch(),
    ];
  }

  /** The call is over. */
  close(): void {
    for (const stop of this.#stop) stop();
  }

  #measured(sample: QualitySample): void {
    const { muted, held, heldByPeer } = this.#call;
    if (held || heldByPeer) {
      this.#monitor.reset();
      return;
    }
    // Silence of a muted microphone is no fault.
    const seen = muted ? { ...sample, inputLevel: undefined } : sample;
    for (const [warning, rule] of this.#monitor.evaluate(seen)) this.#warn(rule, warning);
  }

  #warn({ group, type, desc, stream, format }: MetricRule, { raised, values }: Warning): void {
    const value = format(values);
    this.#emit({ group, level: 'warning', type, value, active: raised, desc, stream });
  }

  #emit(metric: MediaMetric): void {
    this.#context.emit('mediaMetrics', metric);
  }

  #path(): void {
    const { iceConnectionState: state } = this.#call.connection;
    const broken = state === 'disconnected' || state === 'failed';
    if (!broken && (!this.#interrupted || state === 'new' || state === 'checking')) return;
    this.#interrupted = broken;
    this.#emit({
      group: 'network',
      level: 'warning',
      type: 'ice_connection',
      // Browsers that have checked every pair report `completed`, which means the same here.
      value: broken ? state : 'connected',
      active: broken,
      desc: 'network drop',
      stream: 'None',
    });
  }

  #gathered(): void {
    if (this.#call.connection.iceGatheringState === 'complete') return;
    this.#emit({
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
    this.#emit({
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
