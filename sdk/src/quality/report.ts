/** Finds in a browser's report what is about our one audio stream (W3C webrtc-stats). */

/** One entry of the report. */
export type StatsEntry = Readonly<Record<string, unknown>> & { readonly type: string };

/** The entries that a sample is read from. */
export interface Entries {
  readonly received: StatsEntry | undefined;
  readonly sent: StatsEntry | undefined;
  /** What the server reports of our stream. */
  readonly remote: StatsEntry | undefined;
  /** The microphone. */
  readonly source: StatsEntry | undefined;
  readonly codec: StatsEntry | undefined;
  /** The path in use, and our end of it. */
  readonly pair: StatsEntry | undefined;
  readonly local: StatsEntry | undefined;
}

/** A finite number, if there is one of that name. */
export function finite(entry: StatsEntry | undefined, name: string): number | undefined {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Reports speak of seconds. */
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

/** The pair that carries the sound: by the transport where the browser says so, else the one marked. */
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
