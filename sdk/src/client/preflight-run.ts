/** The trial of {@link Preflight}: one connection by UDP, one by TCP, and what is seen on the better one. */
import type { Warning } from '../quality/monitor.js';
import type { QualitySample } from '../quality/sample.js';
import type { AudioKit } from './audio-kit.js';
import type { Call } from './call.js';
import type { CallMediaOptions } from './options.js';

/** How to try. @public */
export interface PreflightOptions {
  /** For how long, 3 to 80; 60. */
  readonly seconds?: number;
  /** With the real microphone; else a tone is sent, and no permission is requested. */
  readonly microphone?: boolean;
}

/** Minimum, mean and maximum of a figure. @public */
export interface Summary {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** What was found out. @public */
export interface PreflightReport {
  /** Whether sound gets through in UDP packets, and over a TCP connection. */
  readonly udp: boolean;
  readonly tcp: boolean;
  /** Whether a TURN server was needed. */
  readonly turnRequired: boolean;
  /** Milliseconds until the server answered, until there was a path, and until sound could flow. */
  readonly timing: {
    readonly answeredMs: number | undefined;
    readonly pathMs: number | undefined;
    readonly readyMs: number | undefined;
  };
  readonly rttMs: Summary | undefined;
  readonly jitterMs: Summary | undefined;
  readonly mos: Summary | undefined;
  /** Shares from 0 to 1 of all packets that were lost on their way to us, and from us. */
  readonly inboundLoss: number | undefined;
  readonly outboundLoss: number | undefined;
  readonly samples: readonly QualitySample[];
  readonly warnings: readonly Warning[];
  /** In a word, and in words for people. */
  readonly verdict: {
    readonly code: 'excellent' | 'good' | 'fair' | 'poor' | 'impossible';
    readonly message: string;
  };
}

/** The events of {@link Preflight}. @public */
export interface PreflightEvents {
  /** How far it is, 0 to 1, and what is being done. */
  progress: { readonly fraction: number; readonly phase: 'connecting' | 'measuring' };
  /** Sound flows. */
  connected: undefined;
  sample: QualitySample;
  warning: Warning;
}

/** What all steps of a trial share. */
export interface PreflightContext {
  readonly kit: Pick<AudioKit, 'platform' | 'sound'>;
  /** Ends the trial early. */
  readonly signal: AbortSignal;
  /** Makes a quiet call to the server itself. */
  dial(setup: CallMediaOptions): Promise<Call>;
  emit<Name extends keyof PreflightEvents>(event: Name, payload: PreflightEvents[Name]): void;
}

const SECONDS = 60;
/** A path that is not there by then is none. */
const PATH_MS = 8_000;
const TONE_HZ = 440;

interface Trial {
  readonly call: Call;
  readonly answeredMs: number | undefined;
  readonly pathMs: number | undefined;
  readonly through: boolean;
}

/** Tries, and reports. */
export async function runPreflight(
  { seconds = SECONDS, microphone = false }: PreflightOptions,
  context: PreflightContext,
): Promise<PreflightReport> {
  context.emit('progress', { fraction: 0, phase: 'connecting' });
  const { timers } = context.kit.platform;
  const began = timers.now();
  const [udp, tcp] = await Promise.all([
    attempt(context, 'udp', microphone),
    attempt(context, 'tcp', microphone),
  ]);
  const best = udp?.through ? udp : tcp?.through ? tcp : undefined;
  if (udp && udp !== best) udp.call.hangup();
  if (tcp && tcp !== best) tcp.call.hangup();
  const readyMs = best && timers.now() - began;
  const seen = best ? await watch(best.call, seconds, context) : { samples: [], warnings: [] };
  best?.call.hangup();
  return report({ udp, tcp, best, readyMs, ...seen });
}

/** One connection; nothing when it could not even be begun. */
async function attempt(
  context: PreflightContext,
  transport: 'udp' | 'tcp',
  microphone: boolean,
): Promise<Trial | undefined> {
  const { kit, signal } = context;
  const { timers } = kit.platform;
  const began = timers.now();
  let call: Call;
  try {
    call = await context.dial({
      answer: (sdp) => filterCandidates(sdp, transport),
      track: microphone ? undefined : toneOf(context),
    });
  } catch (error) {
    // Without a connection to the server, or a microphone that was asked for, there is nothing to report of.
    if (transport === 'udp') throw error;
    return undefined;
  }
  let answeredMs: number | undefined;
  const through = await new Promise<boolean>((done) => {
    const cancel = timers.after(PATH_MS, () => settle(false));
    const stop = [
      call.on('state', (state) => {
        if (state === 'up') answeredMs = timers.now() - began;
        if (state === 'ended') settle(false);
      }),
      call.on('audio', (state) => {
        if (state === 'connected') settle(true);
      }),
    ];
    const settle = (found: boolean): void => {
      cancel();
      signal.removeEventListener('abort', abort);
      for (const each of stop) each();
      done(found);
    };
    const abort = (): void => settle(false);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  return { call, answeredMs, pathMs: through ? timers.now() - began : undefined, through };
}

/** A tone to be sent, where there is Web Audio. */
function toneOf({ kit }: PreflightContext): MediaStreamTrack | undefined {
  const lease = kit.sound.acquire();
  if (!lease) return undefined;
  const { context, release } = lease;
  const out = context.createMediaStreamDestination();
  const tone = context.createOscillator();
  tone.frequency.value = TONE_HZ;
  tone.connect(out);
  tone.start();
  const [track] = out.stream.getAudioTracks();
  if (!track) return undefined;
  const stop = track.stop.bind(track);
  // Stopping the track stops the tone.
  track.stop = () => {
    stop();
    tone.stop();
    release();
  };
  return track;
}

/** Looks on for some time. */
function watch(
  call: Call,
  seconds: number,
  { kit, signal, emit }: PreflightContext,
): Promise<{ samples: QualitySample[]; warnings: Warning[] }> {
  const samples: QualitySample[] = [];
  const warnings: Warning[] = [];
  emit('connected', undefined);
  return new Promise((done) => {
    const cancel = kit.platform.timers.after(1000 * (seconds + 1), () => settle());
    const stop = [
      call.on('sample', (sample) => {
        samples.push(sample);
        emit('sample', sample);
        emit('progress', { fraction: Math.min(1, samples.length / seconds), phase: 'measuring' });
        if (samples.length >= seconds) settle();
      }),
      call.on('warning', (warning) => {
        warnings.push(warning);
        emit('warning', warning);
      }),
      call.on('ended', () => settle()),
    ];
    const settle = (): void => {
      cancel();
      signal.removeEventListener('abort', settle);
      for (const each of stop) each();
      done({ samples, warnings });
    };
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
  });
}

interface Findings {
  readonly udp: Trial | undefined;
  readonly tcp: Trial | undefined;
  readonly best: Trial | undefined;
  readonly readyMs: number | undefined;
  readonly samples: readonly QualitySample[];
  readonly warnings: readonly Warning[];
}

function report({ udp, tcp, best, readyMs, samples, warnings }: Findings): PreflightReport {
  const spread = (pick: (sample: QualitySample) => number | undefined): Summary | undefined =>
    summarize(samples.map(pick).filter((value) => value !== undefined));
  const last = samples.at(-1);
  const whole = last && last.packetsReceived + last.packetsLost;
  const inboundLoss = whole ? last.packetsLost / whole : undefined;
  const out = last?.packetsLostRemotely;
  const outboundLoss = last?.packetsSent && out !== undefined ? out / last.packetsSent : undefined;
  const mos = spread((sample) => sample.mos);
  return {
    udp: udp?.through ?? false,
    tcp: tcp?.through ?? false,
    turnRequired: last?.candidate === 'relay',
    timing: { answeredMs: best?.answeredMs, pathMs: best?.pathMs, readyMs },
    rttMs: spread((sample) => sample.rttMs),
    jitterMs: spread((sample) => sample.jitterMs),
    mos,
    inboundLoss,
    outboundLoss,
    samples,
    warnings,
    verdict: verdictOf(udp?.through ?? false, best !== undefined, mos?.mean, outboundLoss ?? 0),
  };
}

function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { min: Math.min(...values), mean, max: Math.max(...values) };
}

function verdictOf(
  udp: boolean,
  through: boolean,
  mos: number | undefined,
  outboundLoss: number,
): PreflightReport['verdict'] {
  if (!through) {
    const message =
      'No sound gets through from here, neither by UDP nor by TCP. A firewall stands in the way: open the media port of the server, or use a TURN server.';
    return { code: 'impossible', message };
  }
  const note = udp
    ? ''
    : ' UDP is blocked, so that sound goes over TCP: expect gaps when packets are lost.';
  if (mos === undefined || mos < 3.1 || outboundLoss > 0.1) {
    return { code: 'poor', message: `Calls will be hard to understand on this network.${note}` };
  }
  if (mos < 3.7 || outboundLoss > 0.03) {
    return { code: 'fair', message: `Calls will work, with audible faults.${note}` };
  }
  if (mos < 4.1 || !udp) return { code: 'good', message: `Calls will sound good.${note}` };
  return { code: 'excellent', message: `Calls will sound as good as they can.${note}` };
}

/** Keeps the candidates of one transport only (RFC 8839 §5.1). */
export function filterCandidates(sdp: string, transport: 'udp' | 'tcp'): string {
  const other = new RegExp(`^a=candidate:\\S+ \\d+ (?!${transport} )\\S+ .*\\r?\\n`, 'gim');
  return sdp.replace(other, '');
}
