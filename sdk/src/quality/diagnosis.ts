/** Finds why one direction of a call is silent, from the counters of both ends. */

/** Packets of a leg, by the server's counters. @public */
export interface LegCounts {
  /** Packets that the leg's party sent and the server got. */
  readonly received: number;
  /** Packets that the server sent to the leg's party. */
  readonly sent: number;
}

/** Packets that the server counted on this call's own leg and on the leg bridged to it. @public */
export interface PacketStats {
  readonly local: LegCounts;
  /** Undefined while no leg is bridged. */
  readonly remote: LegCounts | undefined;
}

/** What is known about a call of which one direction is silent. */
export interface Evidence {
  /** Bytes and packets of the last seconds at this end. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** The loudest of the last seconds, 0 to 1; nothing where the browser does not report it. */
  readonly inputLevel: number | undefined;
  readonly outputLevel: number | undefined;
  readonly muted: boolean;
  readonly held: boolean;
  /** The microphone's track has ended, or the system has muted it. */
  readonly microphoneGone: boolean;
  /** The browser waits for a gesture before it plays. */
  readonly blocked: boolean;
  /** Whether there is a path. */
  readonly connected: boolean;
  /** What the server counted meanwhile; nothing when it did not answer. */
  readonly counted: PacketStats | undefined;
}

/** Why a direction is silent. @public */
export type AudioIssueCode =
  | 'no-path'
  | 'microphone-lost'
  | 'microphone-silent'
  | 'outbound-not-received'
  | 'peer-not-receiving'
  | 'playback-blocked'
  | 'inbound-not-received'
  | 'peer-not-sending'
  | 'peer-silent';

/** One reason why a direction of the call is silent. @public */
export interface AudioIssue {
  readonly code: AudioIssueCode;
  /** `out`: from this page to the other party. `in`: from the other party to this page. `both`. */
  readonly direction: 'in' | 'out' | 'both';
  /** The likely cause and what to do, for the user. */
  readonly message: string;
}

/** Quieter than this is silence: -66 dB of full scale. */
const SILENT = 0.0005;

const ISSUES: Readonly<Record<AudioIssueCode, readonly [AudioIssue['direction'], string]>> = {
  'no-path': [
    'both',
    'There is no media path to the server. Check the network; the call tries to find another path.',
  ],
  'microphone-lost': [
    'out',
    'The microphone is no longer available. Plug it in again or choose another.',
  ],
  'microphone-silent': [
    'out',
    'The microphone sends only silence. Check its mute switch and the input level in the system settings.',
  ],
  'outbound-not-received': [
    'out',
    'This page sends audio, but the server receives none. A firewall may block one direction.',
  ],
  'peer-not-receiving': [
    'out',
    'The server receives the audio but cannot forward it: the other party holds the call or has no media path.',
  ],
  'playback-blocked': [
    'in',
    'The browser plays no audio until the user interacts with the page. Click or press a key.',
  ],
  'inbound-not-received': [
    'in',
    'The server sends audio, but none arrives here. A firewall may block one direction.',
  ],
  'peer-not-sending': [
    'in',
    'The other party sends nothing: its network or its microphone may be down.',
  ],
  'peer-silent': [
    'in',
    'The other party sends silence: it may be muted, or its microphone is off.',
  ],
};

function issue(code: AudioIssueCode): AudioIssue {
  const [direction, message] = ISSUES[code];
  return { code, direction, message };
}

/** What is wrong; at most one finding a direction, the likeliest. */
export function diagnose(evidence: Evidence): readonly AudioIssue[] {
  if (evidence.held) return [];
  if (!evidence.connected) return [issue('no-path')];
  const found = [outward(evidence), inward(evidence)];
  return found.flatMap((code) => (code === undefined ? [] : [issue(code)]));
}

function outward(evidence: Evidence): AudioIssueCode | undefined {
  const { counted, muted } = evidence;
  if (muted) return undefined;
  if (evidence.microphoneGone) return 'microphone-lost';
  if (evidence.bytesSent > 0 && counted && counted.local.received === 0)
    return 'outbound-not-received';
  if (evidence.inputLevel !== undefined && evidence.inputLevel < SILENT) return 'microphone-silent';
  const passed = counted?.remote;
  if (passed && counted.local.received > 0 && passed.sent === 0) return 'peer-not-receiving';
  return undefined;
}

function inward(evidence: Evidence): AudioIssueCode | undefined {
  const { counted } = evidence;
  if (evidence.bytesReceived > 0) {
    if (evidence.blocked) return 'playback-blocked';
    const silent = evidence.outputLevel !== undefined && evidence.outputLevel < SILENT;
    return silent ? 'peer-silent' : undefined;
  }
  if (counted?.remote?.received === 0) return 'peer-not-sending';
  return counted && counted.local.sent > 0 ? 'inbound-not-received' : undefined;
}
