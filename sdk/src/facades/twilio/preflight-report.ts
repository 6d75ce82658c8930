/** What a preflight found out, as the vendor's pages read it. */
import type { RTCSample, RTCSampleTotals, RTCWarning } from './measures.js';
import type { DeviceOptions } from './options.js';

/** How good a call would be. @public */
export type CallQuality = 'excellent' | 'great' | 'good' | 'fair' | 'degraded';

/** Milliseconds since 1970, and between the two. @public */
export interface TimeMeasurement {
  start: number;
  end?: number;
  duration?: number;
}

/** How long the steps took. @public */
export interface NetworkTiming {
  signaling?: TimeMeasurement;
  dtls?: TimeMeasurement;
  ice?: TimeMeasurement;
  peerConnection?: TimeMeasurement;
}

/** Over all samples. @public */
export interface Stats {
  average: number;
  max: number;
  min: number;
}

/** The figures of a preflight. @public */
export interface RTCStats {
  jitter: Stats;
  mos: Stats;
  rtt: Stats;
}

/** A warning within a preflight. @public */
export interface PreflightWarning {
  name: string;
  description: string;
  rtcWarning?: RTCWarning;
}

/** One candidate, as the browser describes it. @public */
// biome-ignore lint/suspicious/noExplicitAny: browsers report different things of a candidate.
export type CandidateStats = any;

/** The ends of the path in use. @public */
export interface SelectedPair {
  localCandidate: CandidateStats;
  remoteCandidate: CandidateStats;
}

/** Candidates, and the pair in use. @public */
export interface Candidates {
  iceCandidateStats: CandidateStats[];
  selectedIceCandidatePairStats?: SelectedPair;
}

/** What a preflight found out. @public */
export interface PreflightReport extends Candidates {
  callQuality?: CallQuality;
  callSid: string | undefined;
  edge?: string;
  isTurnRequired?: boolean;
  networkTiming: NetworkTiming;
  samples: RTCSample[];
  selectedEdge?: string;
  stats?: RTCStats;
  testTiming: TimeMeasurement;
  totals?: RTCSampleTotals;
  warnings: PreflightWarning[];
}

/** What was gathered. */
export interface Findings {
  readonly callSid: string | undefined;
  readonly edge: string | undefined;
  readonly selectedEdge: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly samples: readonly RTCSample[];
  readonly warnings: readonly PreflightWarning[];
  readonly timing: NetworkTiming;
  readonly candidates: Candidates;
}

/** Folds it into a report. */
export function reportOf(found: Findings): PreflightReport {
  const { callSid, edge, selectedEdge, start, end, samples, candidates } = found;
  const known = samples.filter(({ mos }) => mos !== null);
  const stats = known.length > 0 && {
    jitter: over(known.map(({ jitter }) => jitter)),
    mos: over(known.flatMap(({ mos }) => mos ?? [])),
    rtt: over(known.map(({ rtt }) => rtt)),
  };
  const pair = candidates.selectedIceCandidatePairStats;
  const last = samples.at(-1);
  return {
    callSid,
    ...(edge && { edge }),
    ...(selectedEdge && { selectedEdge }),
    ...candidates,
    ...(pair && { isTurnRequired: isRelayed(pair) }),
    networkTiming: found.timing,
    samples: [...samples],
    testTiming: { start, end, duration: end - start },
    ...(stats && { stats, callQuality: qualityOf(stats.mos.average) }),
    ...(last && { totals: { ...last.totals } }),
    warnings: [...found.warnings],
  };
}

/** The vendor's scale has gaps; whatever falls into one is of the lower kind here. */
export function qualityOf(mos: number): CallQuality {
  if (mos > 4.2) return 'excellent';
  if (mos >= 4.1) return 'great';
  if (mos >= 3.7) return 'good';
  return mos >= 3.1 ? 'fair' : 'degraded';
}

function isRelayed({ localCandidate, remoteCandidate }: SelectedPair): boolean {
  return [localCandidate, remoteCandidate].some((end) => end?.candidateType === 'relay');
}

function over(values: readonly number[]): Stats {
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    average: Number((sum / values.length).toPrecision(5)),
    max: Math.max(...values),
    min: Math.min(...values),
  };
}

/** The candidates in a browser's report, and the pair in use. */
export function candidatesOf(report: Iterable<unknown>): Candidates {
  const entries = [...report] as CandidateStats[];
  const byId = (id: unknown): CandidateStats => entries.find((entry) => entry.id === id);
  const ofType = (type: string): CandidateStats[] => entries.filter((entry) => entry.type === type);
  const [transport] = ofType('transport');
  const pair =
    byId(transport?.selectedCandidatePairId) ??
    ofType('candidate-pair').find((entry) => entry.selected || entry.nominated);
  const localCandidate = byId(pair?.localCandidateId);
  const remoteCandidate = byId(pair?.remoteCandidateId);
  return {
    iceCandidateStats: [...ofType('local-candidate'), ...ofType('remote-candidate')],
    ...(localCandidate &&
      remoteCandidate && { selectedIceCandidatePairStats: { localCandidate, remoteCandidate } }),
  };
}

/** How far it is. */
export type RunStatus = 'connecting' | 'connected' | 'completed' | 'failed';

/** What a preflight is to be like. */
export interface RunOptions extends Omit<DeviceOptions, 'edge'> {
  edge?: string;
  audioContext?: AudioContext | undefined;
  fakeMicInput?: boolean;
  rtcConfiguration?: RTCConfiguration;
  iceServers?: RTCIceServer[];
  signalingTimeoutMs?: number;
}

/** What can be seen of it at any time. */
export interface RunState {
  readonly startTime: number;
  status: RunStatus;
  endTime?: number;
  callSid?: string | undefined;
  latestSample?: RTCSample;
  report?: PreflightReport;
}
