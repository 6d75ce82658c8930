/** How good a call sounds, from what the network does to it: the E-model of ITU-T G.107. */

/** What the network does. */
export interface Conditions {
  /** Milliseconds to the server and back. */
  readonly rttMs: number;
  /** Milliseconds by which arriving packets vary. */
  readonly jitterMs: number;
  /** The share of packets that did not come, 0 to 1. */
  readonly loss: number;
  /** As in {@link QualitySample.codec}; what is not known counts as G.711. */
  readonly codec?: string | undefined;
  /** Milliseconds that sound waits in the browser; twice the jitter and 10 where that is not known. */
  readonly playoutMs?: number | undefined;
}

/** R without any impairment, all of the model's parameters at their defaults (G.107, table 2). */
const R_BEST = 93.2;
/** One frame of 20 ms is gathered before it can be sent. */
const FRAME_MS = 20;

/**
 * Impairment of a codec by itself (`ie`), and how well it tolerates random loss (`bpl`).
 *
 * G.711 is from G.113, appendix I, table I.4, with concealment as in G.711 appendix I. ITU-T has published no
 * values for Opus: at the rates used here it impairs nothing that the narrow-band model knows of, and with
 * in-band FEC a lost packet is mostly made good by the next, so that it tolerates loss like G.711 with concealment
 * in spite of longer frames. That `bpl` is an estimate, on the careful side.
 */
const CODECS: Readonly<Record<string, { readonly ie: number; readonly bpl: number }>> = {
  pcmu: { ie: 0, bpl: 25.1 },
  pcma: { ie: 0, bpl: 25.1 },
  opus: { ie: 0, bpl: 20 },
};
const UNKNOWN = { ie: 0, bpl: 25.1 };

/**
 * R from 0 to 93.2 by G.107: `R = 93.2 - Id - Ie,eff`, with Id by the approximation of R. G. Cole and
 * J. H. Rosenbluth (2001) and `Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl + Bpl)` (G.107 §7.5, random loss).
 */
export function rating(conditions: Conditions): number {
  const { rttMs, jitterMs, loss, codec, playoutMs = 2 * jitterMs + 10 } = conditions;
  const { ie, bpl } = CODECS[codec?.split('/')[0]?.toLowerCase() ?? ''] ?? UNKNOWN;
  const delay = rttMs / 2 + playoutMs + FRAME_MS;
  const delayed = 0.024 * delay + 0.11 * Math.max(0, delay - 177.3);
  const percent = 100 * Math.min(1, Math.max(0, loss));
  const lossy = ie + (95 - ie) * (percent / (percent + bpl));
  return Math.min(R_BEST, Math.max(0, R_BEST - delayed - lossy));
}

/** A rating as a mean opinion score from 1 to 4.5 (G.107, annex B). */
export function opinion(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  // Below R = 6.5 the polynomial falls under 1, which is no score.
  return Math.max(1, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r));
}

/** The mean opinion score, 1 to 4.4, that these conditions would get. */
export function mos(conditions: Conditions): number {
  return opinion(rating(conditions));
}

/**
 * The rougher score that some older products compute, for those who compare with them: delay costs by two
 * straight lines, every per cent of loss 2.5 of R.
 *
 * @param best - R without any impairment.
 */
export function roughMos(best: number, { rttMs, jitterMs, loss }: Conditions): number {
  const delay = rttMs + 2 * jitterMs + 10;
  const delayed = delay < 160 ? delay / 40 : (delay - 120) / 10;
  return opinion(best - delayed - 250 * loss);
}
