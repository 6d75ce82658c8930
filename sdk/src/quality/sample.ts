/** Folds what a browser counts into one small, typed sample a second. */

/** The state of a call's audio at one moment; what a browser does not tell is `undefined`. @public */
export interface QualitySample {
  /** Milliseconds from our packet to the server's report of it and back. */
  readonly rttMs: number | undefined;
  /** Milliseconds by which arriving packets vary. */
  readonly jitterMs: number | undefined;
  /** Packets that came since the call began, and those that did not. */
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Packets that we sent, and those of them that the server says it missed. */
  readonly packetsSent: number;
  readonly packetsLostRemotely: number | undefined;
  /** The share lost since the sample before, 0 to 1. */
  readonly lossIn: number;
  /** Bytes of audio since the call began. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Such as `opus/48000/2`. */
  readonly codec: string | undefined;
  /** Seconds of audio that the browser had to invent. */
  readonly concealedSeconds: number | undefined;
}

type Entry = Readonly<Record<string, unknown>> & { readonly type: string };

const count = (entry: Entry | undefined, name: string): number => optional(entry, name) ?? 0;
const optional = (entry: Entry | undefined, name: string): number | undefined => {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};
const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

/** Reads a browser's report. @param before - The sample before, for what happened since. */
export function sample(report: Iterable<unknown>, before?: QualitySample): QualitySample {
  const entries = [...report] as Entry[];
  const audio = (type: string): Entry | undefined =>
    entries.find((entry) => entry.type === type && (entry['kind'] ?? 'audio') === 'audio');
  const received = audio('inbound-rtp');
  const sent = audio('outbound-rtp');
  const remote = audio('remote-inbound-rtp');
  const pair = entries.find(
    (entry) => entry.type === 'candidate-pair' && entry['nominated'] === true,
  );
  const packetsReceived = count(received, 'packetsReceived');
  const packetsLost = Math.max(0, count(received, 'packetsLost'));
  return {
    rttMs: milliseconds(
      optional(remote, 'roundTripTime') ?? optional(pair, 'currentRoundTripTime'),
    ),
    jitterMs: milliseconds(optional(received, 'jitter')),
    packetsReceived,
    packetsLost,
    packetsSent: count(sent, 'packetsSent'),
    packetsLostRemotely: optional(remote, 'packetsLost'),
    lossIn: lossSince(packetsReceived, packetsLost, before),
    bytesReceived: count(received, 'bytesReceived'),
    bytesSent: count(sent, 'bytesSent'),
    codec: codecOf(entries, received ?? sent),
    concealedSeconds: concealed(entries, received),
  };
}

function lossSince(received: number, lost: number, before: QualitySample | undefined): number {
  const newlyLost = Math.max(0, lost - (before?.packetsLost ?? 0));
  const newlyReceived = Math.max(0, received - (before?.packetsReceived ?? 0));
  return newlyLost === 0 ? 0 : newlyLost / (newlyLost + newlyReceived);
}

function codecOf(entries: readonly Entry[], stream: Entry | undefined): string | undefined {
  const codec = entries.find(
    (entry) => entry.type === 'codec' && entry['id'] === stream?.['codecId'],
  );
  if (typeof codec?.['mimeType'] !== 'string') return undefined;
  const name = codec['mimeType'].replace(/^audio\//i, '').toLowerCase();
  const lanes = optional(codec, 'channels');
  return `${name}/${count(codec, 'clockRate')}${lanes && lanes > 1 ? `/${lanes}` : ''}`;
}

function concealed(entries: readonly Entry[], received: Entry | undefined): number | undefined {
  const samples = optional(received, 'concealedSamples');
  const codec = entries.find(
    (entry) => entry.type === 'codec' && entry['id'] === received?.['codecId'],
  );
  const rate = optional(codec, 'clockRate');
  return samples === undefined || !rate ? undefined : samples / rate;
}
