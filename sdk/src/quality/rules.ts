/** When the SDK itself warns. */
import { always, often, type Rule, unchanging } from './monitor.js';

/** Above these a conversation suffers: ITU-T G.114 bears 150 ms one way well, and nobody bears 300. */
const RTT_MS = 400;
const JITTER_MS = 30;
const LOSS = 0.03;
const MOS = 3;
/** Of full scale: a microphone in a silent room moves more than this, one that is switched off does not. */
const STILL = 0.0005;

/** The native warnings; their thresholds are in the documentation. */
export const NATIVE_RULES: readonly Rule[] = [
  often(
    'high-rtt',
    RTT_MS,
    (sample) => sample.rttMs,
    (value) => value > RTT_MS,
  ),
  often(
    'high-jitter',
    JITTER_MS,
    (sample) => sample.jitterMs,
    (value) => value > JITTER_MS,
  ),
  often(
    'high-loss-in',
    LOSS,
    (sample) => sample.lossIn,
    (value) => value > LOSS,
  ),
  often(
    'high-loss-out',
    LOSS,
    (sample) => sample.lossOut,
    (value) => value > LOSS,
  ),
  often(
    'low-mos',
    MOS,
    (sample) => sample.mos,
    (value) => value < MOS,
  ),
  always(
    'no-bytes-in',
    1,
    (sample) => sample.interval.bytesReceived,
    (value) => value < 1,
    3,
    2,
  ),
  always(
    'no-bytes-out',
    1,
    (sample) => sample.interval.bytesSent,
    (value) => value < 1,
    3,
    2,
  ),
  unchanging('constant-input-level', STILL, (sample) => sample.levelIn),
];
