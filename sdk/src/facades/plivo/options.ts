/** The vendor's options: looked at one by one; what makes no sense is logged, and the default holds. */
import type { AudioKit } from '../../client/audio-kit.js';
import type { DigitOptions } from '../../client/options.js';
import { integer } from '../../core/checks.js';
import { type Console, type DebugLevel, debugLevel } from './console.js';

/** `inband`, `outband` or both, in any case. @public */
export interface DtmfOptions {
  sendDtmfType: string[];
}

const TYPES = ['INBAND', 'OUTBAND'];

/** The types that are wanted, in capitals; names that are none are left out, and nothing is the default. */
export function sendTypes(value: unknown): DtmfOptions | undefined {
  const given = (value as Partial<DtmfOptions> | null)?.sendDtmfType;
  if (!Array.isArray(given)) return undefined;
  const types = given.map((type) => String(type).toUpperCase()).filter((t) => TYPES.includes(t));
  return types.length > 0 ? { sendDtmfType: [...new Set(types)] } : undefined;
}

/** One key: a digit, a star or a hash, as text or as a number; nothing when it is no key. */
export function keyOf(digit: unknown): string | undefined {
  const text = typeof digit === 'number' || typeof digit === 'string' ? String(digit) : '';
  return /^[0-9*#]$/.test(text) ? text : undefined;
}

/**
 * Keys go as events (RFC 4733) whenever `outband` is among the types. With both types tones are not mixed into the
 * voice as well, since a remote party that detects both would count each digit twice.
 */
export function digitOptions({ sendDtmfType: types }: DtmfOptions): DigitOptions {
  const events = types.includes('OUTBAND');
  return { events, inBand: !events };
}

/** Whether a call's quality is reported to the page, to the server, or to both. @public */
export type QualityTracking = 'ALL' | 'REMOTEONLY' | 'LOCALONLY' | 'NONE';

/** The vendor's regions; here there is one server, so that the application only gets the name. */
const REGIONS = [
  'usa_west',
  'usa_east',
  'australia',
  'europe',
  'asia',
  'south_america',
  'south_asia',
] as const;

/** The options of a client. @public */
export interface ConfigurationOptions {
  /** OFF, ERROR, WARN, INFO, DEBUG or ALL, in any case; INFO. */
  debug?: DebugLevel | Lowercase<DebugLevel> | undefined;
  /** Whether the microphone is asked for at the first call instead of now; false. */
  permOnClick?: boolean | undefined;
  /** OPUS and PCMU in the order they are wanted. */
  codecs?: string[] | undefined;
  /** `inband`, `outband` or both. */
  dtmfOptions?: DtmfOptions | undefined;
  /** What the microphone should be like. */
  audioConstraints?: MediaTrackConstraints | undefined;
  /** Whether `mediaMetrics` are emitted and quality is tracked; true. */
  enableTracking?: boolean | undefined;
  /** The same in finer names; anything but the default goes before `enableTracking`. */
  enableQualityTracking?: QualityTracking | Lowercase<QualityTracking> | undefined;
  /** Whether the browser asks before the page is left in a call; false. */
  closeProtection?: boolean | undefined;
  /** Whether packets are marked as urgent; true. */
  dscp?: boolean | undefined;
  /** Whether several calls may ring at once, and during a call; false. */
  allowMultipleIncomingCalls?: boolean | undefined;
  /** One of the vendor's regions. */
  clientRegion?: string | null | undefined;
  /** Whether noise reduction is loaded, so that it can be started; false. */
  enableNoiseReduction?: boolean | undefined;
  /** The folder that holds the files of noise reduction, with a `/` at its end. */
  noiseReductionFilePath?: string | undefined;
  /** Has no meaning here: the server hands out its own STUN server. */
  usePlivoStunServers?: boolean | undefined;
  /** As `usePlivoStunServers`, in the product's spelling. */
  usePlivoStunServer?: boolean | undefined;
  /** Whether the system's default devices are used when one is plugged in, instead of the new one; false. */
  useDefaultAudioDevice?: boolean | undefined;
  /** Bits a second, 8000 to 48000; 48000. */
  maxAverageBitrate?: number | undefined;
  /** Seconds, 100 to 86400; 120. Has no meaning here: the connection looks after itself. */
  refreshRegistrationTimer?: number | undefined;
  /** As `refreshRegistrationTimer`, in the product's spelling; 60 to 86400. */
  registrationRefreshTimer?: number | undefined;
  /** Whether `no_microphone_access` is emitted; false. */
  preDetectOwa?: boolean | undefined;
  /** Addresses of servers, tried in this order. */
  registrationDomainSocket?: string | string[] | null | undefined;
  /** Our own: the server's host or address. Without it, where the script or the page came from. */
  server?: string | undefined;
  /** As `server`. */
  url?: string | undefined;
  /** No effect here. */
  enableIPV6?: boolean | undefined;
  disableRtpTimeOut?: boolean | undefined;
  appId?: string | null | undefined;
  appSecret?: string | null | undefined;
}

/** All options, as they hold. @public */
export interface Settings {
  debug: DebugLevel;
  permOnClick: boolean;
  codecs: string[];
  dtmfOptions: DtmfOptions;
  audioConstraints: MediaTrackConstraints;
  enableTracking: boolean;
  enableQualityTracking: QualityTracking;
  closeProtection: boolean;
  dscp: boolean;
  allowMultipleIncomingCalls: boolean;
  clientRegion: string | null;
  enableNoiseReduction: boolean;
  noiseReductionFilePath: string;
  usePlivoStunServers: boolean;
  useDefaultAudioDevice: boolean;
  maxAverageBitrate: number;
  refreshRegistrationTimer: number;
  preDetectOwa: boolean;
  registrationDomainSocket: string[] | null;
  server: string | null;
  enableIPV6: boolean;
  disableRtpTimeOut: boolean;
  appId: string | null;
  appSecret: string | null;
}

function defaults(): Settings {
  return {
    debug: 'INFO',
    permOnClick: false,
    codecs: ['OPUS', 'PCMU'],
    dtmfOptions: { sendDtmfType: ['INBAND', 'OUTBAND'] },
    audioConstraints: {},
    enableTracking: true,
    enableQualityTracking: 'ALL',
    closeProtection: false,
    dscp: true,
    allowMultipleIncomingCalls: false,
    clientRegion: null,
    enableNoiseReduction: false,
    noiseReductionFilePath: '',
    usePlivoStunServers: false,
    useDefaultAudioDevice: false,
    maxAverageBitrate: 48_000,
    refreshRegistrationTimer: 120,
    preDetectOwa: false,
    registrationDomainSocket: null,
    server: null,
    enableIPV6: false,
    disableRtpTimeOut: false,
    appId: null,
    appSecret: null,
  };
}

/** Gives the value as it holds, or nothing when it makes no sense. */
type Check = (value: unknown) => unknown;

const flag: Check = (value) => (typeof value === 'boolean' ? value : undefined);
const text: Check = (value) => (typeof value === 'string' ? value : undefined);
const textOrNull: Check = (value) => (value === null ? null : text(value));
const object: Check = (value) => (typeof value === 'object' && value !== null ? value : undefined);
const whole =
  (least: number, most: number): Check =>
  (value) =>
    integer(least, most)(value) ? value : undefined;
const oneOf =
  (names: readonly string[], spell: (word: string) => string = (word) => word): Check =>
  (value) => {
    const word = typeof value === 'string' ? spell(value) : '';
    return names.includes(word) ? word : undefined;
  };

const CODECS = ['OPUS', 'PCMU'];
const codecs: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((name) => CODECS.includes(name))
    ? [...value]
    : undefined;

const sockets: Check = (value) => {
  if (value === null) return null;
  const list: unknown = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const names = list.map((each) => (typeof each === 'string' ? each.trim() : ''));
  return names.every((name) => /^wss?:\/\/./i.test(name)) ? names : undefined;
};

const upper = (word: string): string => word.toUpperCase();

type Rule = readonly [keyof Settings, Check];

const RULES: Readonly<Record<keyof ConfigurationOptions, Rule>> = {
  debug: ['debug', debugLevel],
  permOnClick: ['permOnClick', flag],
  codecs: ['codecs', codecs],
  dtmfOptions: ['dtmfOptions', sendTypes],
  audioConstraints: ['audioConstraints', object],
  enableTracking: ['enableTracking', flag],
  enableQualityTracking: [
    'enableQualityTracking',
    oneOf(['ALL', 'REMOTEONLY', 'LOCALONLY', 'NONE'], upper),
  ],
  closeProtection: ['closeProtection', flag],
  dscp: ['dscp', flag],
  allowMultipleIncomingCalls: ['allowMultipleIncomingCalls', flag],
  clientRegion: ['clientRegion', (value) => (value === null ? null : oneOf(REGIONS)(value))],
  enableNoiseReduction: ['enableNoiseReduction', flag],
  noiseReductionFilePath: ['noiseReductionFilePath', text],
  usePlivoStunServers: ['usePlivoStunServers', flag],
  usePlivoStunServer: ['usePlivoStunServers', flag],
  useDefaultAudioDevice: ['useDefaultAudioDevice', flag],
  maxAverageBitrate: ['maxAverageBitrate', whole(8_000, 48_000)],
  refreshRegistrationTimer: ['refreshRegistrationTimer', whole(100, 86_400)],
  registrationRefreshTimer: ['refreshRegistrationTimer', whole(60, 86_400)],
  preDetectOwa: ['preDetectOwa', flag],
  registrationDomainSocket: ['registrationDomainSocket', sockets],
  server: ['server', text],
  url: ['server', text],
  enableIPV6: ['enableIPV6', flag],
  disableRtpTimeOut: ['disableRtpTimeOut', flag],
  appId: ['appId', textOrNull],
  appSecret: ['appSecret', textOrNull],
};

/** The options as they hold. Nothing is thrown: what makes no sense is logged. */
export function settingsOf(options: ConfigurationOptions | undefined, log: Console): Settings {
  const settings: Record<string, unknown> = { ...defaults() };
  for (const [name, given] of Object.entries(options ?? {})) {
    if (given === undefined) continue;
    if (!Object.hasOwn(RULES, name)) {
      log.warn(`Ignoring invalid option key ${name}`);
      continue;
    }
    const [setting, check] = RULES[name as keyof ConfigurationOptions];
    const value = check(given);
    if (value === undefined) log.error(`Ignoring ${name}: its value makes no sense`);
    else settings[setting] = value;
  }
  return settings as unknown as Settings;
}

/** Whether the page gets `mediaMetrics`, and whether the server gets quality samples. */
export function tracking({ enableTracking, enableQualityTracking: what }: Settings): {
  readonly local: boolean;
  readonly remote: boolean;
} {
  const all = what === 'ALL' && enableTracking;
  return { local: all || what === 'LOCALONLY', remote: all || what === 'REMOTEONLY' };
}

/** `[{googAutoGainControl: true}]` as browsers know it today: `{autoGainControl: true}`. */
export function standardConstraints(constraints: MediaTrackConstraints): MediaTrackConstraints {
  const { optional, mandatory, ...plain } = constraints as Record<string, unknown>;
  const old = [...(Array.isArray(optional) ? optional : []), mandatory];
  const renamed = old
    .filter((each) => typeof each === 'object' && each !== null)
    .flatMap((each) => Object.entries(each as Record<string, unknown>))
    .map(([name, value]) => [today(name), value]);
  return { ...Object.fromEntries(renamed), ...plain };
}

function today(name: string): string {
  const bare = name.replace(/^goog/, '').replace(/2$/, '');
  return bare.charAt(0).toLowerCase() + bare.slice(1);
}

/** What all parts of one client share, in one object. */
export interface ClientContext {
  readonly settings: Settings;
  readonly log: Console;
  readonly kit: AudioKit;
  /** Emits an event to the page, after the queued ones. */
  emit(event: string, ...values: unknown[]): void;
  /** Emits after the page's own call of a method has returned. */
  emitLater(event: string, ...values: unknown[]): void;
  /** Whether the page listens to an event. */
  hasListeners(event: string): boolean;
}
