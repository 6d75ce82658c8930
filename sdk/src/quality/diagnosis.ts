/** Says why somebody hears nothing, from what both ends have counted. */

/** Packets of a leg, by the server's counters. @public */
export interface LegCounts {
  /** Packets that the leg's party sent and the server got. */
  readonly received: number;
  /** Packets that the server sent to the leg's party. */
  readonly sent: number;
}

/** What the server counts of our leg, and of the leg we are joined with. @public */
export interface Counts {
  readonly ours: LegCounts;
  /** Nothing while we are joined with nobody. */
  readonly theirs: LegCounts | undefined;
}

/** What is known about a call of which one direction is silent. */
export interface Evidence {
  /** Bytes and packets of the last seconds at this end. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The loudest of the last seconds, 0 to 1; nothing where the browser does not tell. */
  readonly levelIn: number | undefined;
  readonly levelOut: number | undefined;
  readonly muted: boolean;
  readonly held: boolean;
  /** The microphone's track has ended, or the system has muted it. */
  readonly microphoneGone: boolean;
  /** The browser waits for a gesture before it plays. */
  readonly blocked: boolean;
  /** Whether there is a path. */
  readonly connected: boolean;
  /** What the server counted meanwhile; nothing when it did not say. */
  readonly counted: Counts | undefined;
}

/** Why a direction is silent. @public */
export type TroubleCode =
  | 'no-path'
  | 'microphone-gone'
  | 'microphone-silent'
  | 'out-not-arriving'
  | 'far-end-not-receiving'
  | 'playback-blocked'
  | 'in-not-arriving'
  | 'far-end-sends-nothing'
  | 'far-end-silent';

/** One thing that keeps people from hearing each other. @public */
export interface Trouble {
  readonly code: TroubleCode;
  /** `out`: the far end does not hear us. `in`: we do not hear it. `both`. */
  readonly direction: 'in' | 'out' | 'both';
  /** The likely cause and what to do, in words. */
  readonly words: string;
}

/** Quieter than this is silence: -66 dB of full scale. */
const SILENT = 0.0005;

const TROUBLES: Readonly<Record<TroubleCode, readonly [Trouble['direction'], string]>> = {
  'no-path': [
    'both',
    'There is no path to the server at the moment. Look at the network; the call looks for another path by itself.',
  ],
  'microphone-gone': [
    'out',
    'The browser has lost the microphone. Plug it in again or choose another.',
  ],
  'microphone-silent': [
    'out',
    'The microphone gives nothing but silence. Look at its switch and at the level in the system settings.',
  ],
  'out-not-arriving': [
    'out',
    'This page sends sound, but the server gets none of it. A firewall may let packets through in one direction only.',
  ],
  'far-end-not-receiving': [
    'out',
    'The server gets our sound but does not pass it on: the far end holds the call or has no path at the moment.',
  ],
  'playback-blocked': [
    'in',
    'The browser plays nothing before somebody has touched the page. Click or press a key.',
  ],
  'in-not-arriving': [
    'in',
    'The server sends sound, but none of it arrives here. A firewall may let packets through in one direction only.',
  ],
  'far-end-sends-nothing': [
    'in',
    'The far end sends nothing: its network or its microphone may be gone.',
  ],
  'far-end-silent': ['in', 'The far end sends silence: it may be muted, or its microphone is off.'],
};

function trouble(code: TroubleCode): Trouble {
  const [direction, words] = TROUBLES[code];
  return { code, direction, words };
}

/** What is wrong; at most one finding a direction, the likeliest. */
export function diagnose(evidence: Evidence): readonly Trouble[] {
  if (evidence.held) return [];
  if (!evidence.connected) return [trouble('no-path')];
  const found = [outward(evidence), inward(evidence)];
  return found.flatMap((code) => (code === undefined ? [] : [trouble(code)]));
}

function outward(evidence: Evidence): TroubleCode | undefined {
  const { counted, muted } = evidence;
  if (muted) return undefined;
  if (evidence.microphoneGone) return 'microphone-gone';
  if (evidence.bytesOut > 0 && counted && counted.ours.received === 0) return 'out-not-arriving';
  if (evidence.levelIn !== undefined && evidence.levelIn < SILENT) return 'microphone-silent';
  const passed = counted?.theirs;
  if (passed && counted.ours.received > 0 && passed.sent === 0) return 'far-end-not-receiving';
  return undefined;
}

function inward(evidence: Evidence): TroubleCode | undefined {
  const { counted } = evidence;
  if (evidence.bytesIn > 0) {
    if (evidence.blocked) return 'playback-blocked';
    const silent = evidence.levelOut !== undefined && evidence.levelOut < SILENT;
    return silent ? 'far-end-silent' : undefined;
  }
  if (counted?.theirs?.received === 0) return 'far-end-sends-nothing';
  return counted && counted.ours.sent > 0 ? 'in-not-arriving' : undefined;
}
