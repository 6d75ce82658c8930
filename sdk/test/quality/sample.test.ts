/** What browsers count, folded. */
import { expect, test } from 'vitest';
import { type QualitySample, sample as sampled } from '../../src/quality/sample.js';

const AT = 1_800_000_000_000;
const sample = (report: Iterable<unknown>, before?: QualitySample): QualitySample =>
  sampled(report, before, AT);

const CHROMIUM = [
  { type: 'codec', id: 'C', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  {
    type: 'inbound-rtp',
    kind: 'audio',
    codecId: 'C',
    packetsReceived: 990,
    packetsLost: 10,
    jitter: 0.004,
    bytesReceived: 80_000,
    concealedSamples: 9_600,
  },
  { type: 'outbound-rtp', kind: 'audio', codecId: 'C', packetsSent: 1_000, bytesSent: 81_000 },
  { type: 'remote-inbound-rtp', kind: 'audio', roundTripTime: 0.05, packetsLost: 3 },
  { type: 'media-source', kind: 'audio', audioLevel: 0.25 },
  { type: 'transport', selectedCandidatePairId: 'P' },
  {
    type: 'candidate-pair',
    id: 'P',
    nominated: true,
    currentRoundTripTime: 0.04,
    localCandidateId: 'H',
  },
  { type: 'local-candidate', id: 'H', protocol: 'udp', candidateType: 'host' },
];

test('a full report gives a full sample', () => {
  expect(sample(CHROMIUM)).toEqual({
    timestamp: AT,
    rttMs: 50,
    jitterMs: 4,
    outboundJitterMs: undefined,
    mos: expect.closeTo(4.2, 0),
    packetsReceived: 990,
    packetsLost: 10,
    packetsSent: 1_000,
    packetsLostRemotely: 3,
    inboundLoss: 0.01,
    outboundLoss: 0.003,
    bytesReceived: 80_000,
    bytesSent: 81_000,
    interval: {
      packetsReceived: 990,
      packetsLost: 10,
      packetsSent: 1_000,
      bytesReceived: 80_000,
      bytesSent: 81_000,
    },
    inputLevel: 0.25,
    outputLevel: undefined,
    codec: 'opus/48000/2',
    concealedSeconds: 0.2,
    playoutMs: undefined,
    checksSent: undefined,
    checksAnswered: undefined,
    transport: 'udp',
    candidate: 'host',
  });
});

test('loss is counted since the previous sample', () => {
  const first = sample(CHROMIUM);
  const later = CHROMIUM.map((entry) =>
    entry.type === 'inbound-rtp' ? { ...entry, packetsReceived: 1_080, packetsLost: 20 } : entry,
  );
  expect(sample(later, first).inboundLoss).toBeCloseTo(0.1);
  expect(sample(CHROMIUM, first).inboundLoss).toBe(0);
});

test('a missing statistic is undefined', () => {
  const pair = { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 };
  expect(sample([pair])).toMatchObject({ rttMs: 40, jitterMs: undefined, codec: undefined });
  expect(sample([]).packetsReceived).toBe(0);
  const odd = { type: 'inbound-rtp', kind: 'audio', packetsReceived: Number.NaN, packetsLost: -2 };
  expect(sample([odd])).toMatchObject({ packetsReceived: 0, packetsLost: 0, inboundLoss: 0 });
});
