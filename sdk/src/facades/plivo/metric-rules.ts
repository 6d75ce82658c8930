/** When the page is told of a call's quality: the thresholds of the vendor's page, as plain tables. */
import { always, often, type Rule } from '../../quality/monitor.js';
import type { QualitySample } from '../../quality/sample.js';

/** What a call's quality is about. @public */
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

/** News of a call's quality, as `mediaMetrics` tells it. @public */
export interface MediaMetric {
  readonly group: 'network' | 'audio';
  readonly level: 'warning';
  readonly type: MetricType;
  /** In the unit of the threshold; a text where the page says so. */
  readonly value?: number | string;
  /** False when it is over. */
  readonly active: boolean;
  readonly desc: string;
  readonly stream: 'local' | 'remote' | 'None';
}

/** How one rule's warning is told. */
export interface Spelling {
  readonly rule: Rule;
  readonly group: MediaMetric['group'];
  readonly type: MetricType;
  readonly desc: string;
  readonly stream: MediaMetric['stream'];
  /** What is told of the values that were looked at, the newest of which is the last. */
  spell(values: readonly number[]): number | string;
}

const JITTER_MS = 30;
const RTT_MS = 400;
const OPUS_LOSS = 0.1;
const PCMU_LOSS = 0.2;
const MOS = 3;
/** Bytes within three seconds. */
const LEAST_BYTES = 80;
/** -66 dB of full scale: what comes from a microphone that is switched off, and from nowhere else. */
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

function above(name: string, threshold: number, value: Rule['value']): Rule {
  return often(name, threshold, value, (found) => found > threshold);
}

function silent(name: string, value: Rule['value']): Rule {
  return always(name, SILENT, value, (level) => level < SILENT, SILENT_S, 1);
}

const isPcm = ({ codec }: QualitySample): boolean =>
  codec?.toLowerCase().startsWith('pcm') ?? false;

/** Loss counts by the threshold of the codec that is in use. */
function loss(name: string, value: Rule['value']): readonly Rule[] {
  return [
    above(name, OPUS_LOSS, (sample) => (isPcm(sample) ? undefined : value(sample))),
    above(name, PCMU_LOSS, (sample) => (isPcm(sample) ? value(sample) : undefined)),
  ];
}

const network = { group: 'network' } as const;
const audio = { group: 'audio' } as const;

const jitter = (stream: 'local' | 'remote', desc: string, value: Rule['value']): Spelling => ({
  ...network,
  rule: above(`high_jitter ${stream}`, JITTER_MS, value),
  type: 'high_jitter',
  desc,
  stream,
  spell: (values) => rounded(newest(values), 0),
});

const lossy = (stream: 'local' | 'remote', desc: string, value: Rule['value']): Spelling[] =>
  loss(`high_packetloss ${stream}`, value).map((rule) => ({
    ...network,
    rule,
    type: 'high_packetloss',
    desc,
    stream,
    spell: (values) => rounded(mean(values), 3),
  }));

const quiet = (stream: 'local' | 'remote', value: Rule['value']): Spelling => ({
  ...audio,
  rule: silent(`no_audio_received ${stream}`, value),
  type: 'no_audio_received',
  desc: `${stream}_audio`,
  stream,
  spell: (values) => decibels(newest(values)),
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
export const MEASURED: readonly Spelling[] = [
  jitter('local', 'jitterLocalMeasures', (sample) => sample.jitterOutMs),
  jitter('remote', 'jitterRemoteMeasures', (sample) => sample.jitterMs),
  {
    ...network,
    rule: above('high_rtt', RTT_MS, (sample) => sample.rttMs),
    type: 'high_rtt',
    desc: 'high latency',
    stream: 'None',
    spell: (values) => mean(values).toFixed(2),
  },
  ...lossy('local', 'packetLossLocalMeasure', (sample) => sample.lossOut),
  ...lossy('remote', 'packetLossRemoteMeasure', (sample) => sample.lossIn),
  {
    ...network,
    rule: often(
      'low_mos',
      MOS,
      (sample) => sample.mos,
      (value) => value < MOS,
    ),
    type: 'low_mos',
    desc: 'mosRemoteMeasure',
    stream: 'None',
    spell: (values) => rounded(newest(values), 3),
  },
  quiet('local', (sample) => sample.levelIn),
  quiet('remote', (sample) => sample.levelOut),
];

/** What is measured as well when the page has asked for it. */
export const ONE_WAY: Spelling = {
  ...audio,
  rule: oneWay,
  type: 'no_microphone_access',
  desc: 'Chrome lost access to microphone — restart browser',
  stream: 'None',
  spell: newest,
};
