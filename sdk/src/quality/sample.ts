/** Folds what a browser counts into one small, typed sample a second. */
import { mos } from './mos.js';

/** The state of a call's audio at one moment; what a browser does not report is `undefined`. @public */
export interface QualitySample {
  /** When it was taken: milliseconds since 1970. */
  readonly timestamp: number;
  /** Round-trip time to the server in milliseconds. */
  readonly rttMs: number | undefined;
  /** Jitter of received packets in milliseconds. */
  readonly jitterMs: number | undefined;
  /** Jitter of sent packets in milliseconds, as the server reports it. */
  readonly outboundJitterMs: number | undefined;
  /** The mean opinion score by the E-model, 1 to 4.4; nothing before packets were received. */
  readonly mos: number | undefined;
  /** Packets received and lost since the call began. */
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Packets sent, and those of them that the server reports as lost. */
  readonly packetsSent: number;
  readonly packetsLostRemotely: number | undefined;
  /** Shares lost since the previous sample, 0 to 1: of what the server sent, and of what this page sent. */
  readonly inboundLoss: number;
  readonly outboundLoss: number | undefined;
  /** Bytes of audio since the call began. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** What was counted since the previous sample. */
  readonly interval: IntervalStats;
  /** Audio levels of the microphone and of the remote audio, 0 to 1 linear; full scale is 1. */
  readonly inputLevel: number | undefined;
  readonly outputLevel: number | undefined;
  /** Such as `opus/48000/2`. */
  readonly codec: string | undefined;
  /** Seconds of audio that the browser concealed. */
  readonly concealedSeconds: number | undefined;
  /** Milliseconds that sound has waited before it was played, on average since the call began. */
  readonly playoutMs: number | undefined;
  /** Checks of the path (RFC 7675) that were sent and answered since it was found. */
  readonly checksSent: number | undefined;
  readonly checksAnswered: number | undefined;
  /** The path in use, such as `udp` or `tcp`, and the type of the local candidate: `host`, `srflx`, `prflx` or `relay`. */
  readonly transport: string | undefined;
  readonly candidate: string | undefined;
}

/** Packets and bytes counted between two samples. @public */
export interface IntervalStats {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

const NOTHING: IntervalStats = {
  packetsReceived: 0,
  packetsLost: 0,
  packetsSent: 0,
  bytesReceived: 0,
  bytesSent: 0,
};

/**
 * Reads a browser's report.
 *
 * @param before - The sample before, for the counts of the interval between both.
 * @param timestamp - Milliseconds since 1970.
 */
export function sample(
  report: Iterable<unknown>,
  before: QualitySample | undefined,
  timestamp: number,
): QualitySample {
  const { received, sent, remote, source, codec, pair, local } = entriesOf(report);
  const totals: IntervalStats = {
    packetsReceived: finite(received, 'packetsReceived') ?? 0,
    packetsLost: Math.max(0, finite(received, 'packetsLost') ?? 0),
    packetsSent: finite(sent, 'packetsSent') ?? 0,
    bytesReceived: finite(received, 'bytesReceived') ?? 0,
    bytesSent: finite(sent, 'bytesSent') ?? 0,
  };
  const interval = sinceThen(totals, before ?? NOTHING);
  const rttMs = milliseconds(
    finite(remote, 'roundTripTime') ?? finite(pair, 'currentRoundTripTime'),
  );
  const jitterMs = milliseconds(finite(received, 'jitter'));
  const inboundLoss = share(interval.packetsLost, interval.packetsLost + interval.packetsReceived);
  const playoutMs = waiting(received);
  return {
    timestamp,
    rttMs,
    jitterMs,
    outboundJitterMs: milliseconds(finite(remote, 'jitter')),
    mos:
      // Without packets there is no basis for a score.
      interval.packetsReceived === 0
        ? undefined
        : mos({
            rttMs: rttMs ?? 0,
            jitterMs: jitterMs ?? 0,
            loss: inboundLoss,
            codec: codecName(codec),
            playoutMs,
          }),
    ...totals,
    packetsLostRemotely: finite(remote, 'packetsLost'),
    inboundLoss,
    outboundLoss: lostOut(remote, before, interval.packetsSent),
    interval,
    inputLevel: finite(source, 'audioLevel'),
    outputLevel: finite(received, 'audioLevel'),
    codec: codecName(codec),
    concealedSeconds: concealed(received, codec),
    playoutMs,
    checksSent: finite(pair, 'requestsSent'),
    checksAnswered: finite(pair, 'responsesReceived'),
    transport: text(local, 'protocol'),
    candidate: text(local, 'candidateType'),
  };
}

function sinceThen(now: IntervalStats, before: IntervalStats): IntervalStats {
  const names = Object.keys(NOTHING) as (keyof IntervalStats)[];
  // A browser that starts counting again, after a new path, must not make a second of minus a million.
  const entries = names.map((name) => [name, Math.max(0, now[name] - before[name])] as const);
  return Object.fromEntries(entries) as unknown as IntervalStats;
}

const share = (part: number, whole: number): number => (part <= 0 || whole <= 0 ? 0 : part / whole);

function lostOut(
  remote: StatsEntry | undefined,
  before: QualitySample | undefined,
  sent: number,
): number | undefined {
  const lost = finite(remote, 'packetsLost');
  if (lost === undefined) return undefined;
  return Math.min(1, share(lost - (before?.packetsLostRemotely ?? 0), sent));
}

function text(entry: StatsEntry | undefined, name: string): string | undefined {
  const value = entry?.[name];
  return typeof value === 'string' ? value : undefined;
}

function codecName(codec: StatsEntry | undefined): string | undefined {
  const type = text(codec, 'mimeType');
  if (type === undefined) return undefined;
  const name = type.replace(/^audio\//i, '').toLowerCase();
  const channels = finite(codec, 'channels');
  return `${name}/${finite(codec, 'clockRate') ?? 0}${channels && channels > 1 ? `/${channels}` : ''}`;
}

function concealed(
  received: StatsEntry | undefined,
  codec: StatsEntry | undefined,
): number | undefined {
  const samples = finite(received, 'concealedSamples');
  const rate = finite(codec, 'clockRate');
  return samples === undefined || !rate ? undefined : samples / rate;
}

function waiting(received: StatsEntry | undefined): number | undefined {
  const seconds = finite(received, 'jitterBufferDelay');
  const played = finite(received, 'jitterBufferEmittedCount');
  return seconds === undefined || !played ? undefined : (1000 * seconds) / played;
}

/** One entry of the report. */
export type StatsEntry = Readonly<Record<string, unknown>> & { readonly type: string };

/** The entries that a sample is read from. */
export interface Entries {
  readonly received: StatsEntry | undefined;
  readonly sent: StatsEntry | undefined;
  /** The server's report of the sent stream. */
  readonly remote: StatsEntry | undefined;
  /** The microphone. */
  readonly source: StatsEntry | undefined;
  readonly codec: StatsEntry | undefined;
  /** The candidate pair in use, and its local candidate. */
  readonly pair: StatsEntry | undefined;
  readonly local: StatsEntry | undefined;
}

/** A finite number, if there is one of that name. */
export function finite(entry: StatsEntry | undefined, name: string): number | undefined {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Browsers report seconds. */
export const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

/** The entries there are. */
export function entriesOf(report: Iterable<unknown>): Entries {
  const entries = [...report] as StatsEntry[];
  const byId = (id: unknown): StatsEntry | undefined =>
    id === undefined ? undefined : entries.find((entry) => entry['id'] === id);
  const audio = (type: string): StatsEntry | undefined =>
    entries.find((entry) => entry.type === type && (entry['kind'] ?? 'audio') === 'audio');
  const received = audio('inbound-rtp');
  const sent = audio('outbound-rtp');
  const pair = selected(entries, byId);
  return {
    received,
    sent,
    remote: audio('remote-inbound-rtp'),
    source: audio('media-source'),
    codec: byId((received ?? sent)?.['codecId']),
    pair,
    local: byId(pair?.['localCandidateId']),
  };
}

/** The selected candidate pair: named by the transport where the browser does that, else the pair that is marked. */
function selected(
  entries: readonly StatsEntry[],
  byId: (id: unknown) => StatsEntry | undefined,
): StatsEntry | undefined {
  const transport = entries.find((entry) => entry.type === 'transport');
  const pairs = entries.filter((entry) => entry.type === 'candidate-pair');
  return (
    byId(transport?.['selectedCandidatePairId']) ??
    pairs.find((pair) => pair['selected'] === true) ??
    pairs.find((pair) => pair['nominated'] === true && pair['state'] !== 'failed')
  );
}
