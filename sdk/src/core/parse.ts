/** Reads what came over the link: bounds on everything, and nothing believed. */
import type { AnyServerFrame } from './frames.js';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

/** A frame, or what is wrong with the text. A bad frame may still count in the order of frames. */
export type Parsed =
  | { readonly frame: AnyServerFrame }
  | { readonly bad: 'not-json' | 'unknown-type' | 'bad-frame'; readonly seq?: number };

/** A frame of more than this many bytes closes the socket. */
export const FRAME_LIMIT = 65_536;

const text =
  (most: number, least = 0): Check =>
  (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most;
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const number =
  (least: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && value >= least;
const integer =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const flag: Check = (value) => typeof value === 'boolean';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shaped =
  (fields: Fields): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
const listOf =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const fieldsOf =
  (name: RegExp, most: number): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).length <= 32 &&
    Object.entries(value).every(([key, item]) => name.test(key) && text(most)(item));

const line = text(1024);
const sdp = text(32_768, 1);
const word = matching(/^[a-z0-9][a-z0-9-]{0,63}$/);
const expiry: Check = (value) => value === null || number(0)(value);
const call = matching(/^[A-Za-z0-9_-]{1,64}$/);
const turn = integer(1, 1_000_000);
const url = text(512);
const iceServer = shaped({
  urls: listOf(url, 16),
  username: optional(line),
  credential: optional(line),
});
const party = shaped({
  name: line,
  account: line,
  outgoing: flag,
  incoming: flag,
  expires_at: expiry,
  expires_in_s: optional(number(0)),
});

const seconds = number(0);
const legCounts = shaped({ received: integer(0), sent: integer(0) });
const parameters = fieldsOf(/^[\s\S]{1,64}$/u, 1024);
const headers = fieldsOf(/^[A-Za-z0-9-]{1,64}$/, 256);
const running = shaped({
  call,
  id: line,
  direction: oneOf('incoming', 'outgoing'),
  from: line,
  to: line,
  name: optional(line),
  parameters: optional(parameters),
  headers: optional(headers),
  duration_s: seconds,
  muted: flag,
  held: flag,
  held_by_peer: flag,
});

/** Frames that stand outside the order: no `seq`. */
const LOOSE: Readonly<Record<string, Fields>> = {
  welcome: {
    link: text(64, 1),
    key: text(128, 1),
    party,
    heartbeat_s: number(0.001),
    resume_s: number(0.001),
    ice_servers: listOf(iceServer, 16),
    resumed: flag,
    received: integer(0),
    attach_s: optional(number(0.001)),
    media_recovery_s: optional(number(0.001)),
    attached: optional(flag),
    calls: optional(listOf(running, 10)),
    instance: optional(text(64, 1)),
  },
  denied: { code: word, message: line, hint: optional(line), retry_after_s: optional(number(0)) },
  ping: { received: integer(0) },
  pong: { received: integer(0) },
  ack: { received: integer(0) },
  error: {
    code: word,
    message: line,
    hint: optional(line),
    ref: optional(integer(0)),
    call: optional(call),
  },
};

const ORDERED: Readonly<Record<string, Fields>> = {
  renewed: { expires_at: expiry, expires_in_s: optional(number(0)) },
  goodbye: { reason: optional(word) },
  registered: { devices: integer(1, 10) },
  unregistered: {},
  done: { ref: integer(1) },
  stats: {
    call,
    ref: integer(1),
    local: legCounts,
    remote: (value) => value === null || legCounts(value),
  },
  trying: { call, id: line },
  ringing: { call, sdp: optional(sdp) },
  answered: { call, sdp: optional(sdp) },
  incoming: {
    call,
    id: line,
    from: line,
    to: line,
    name: optional(line),
    parameters: optional(parameters),
    headers: optional(headers),
    sdp,
  },
  ended: {
    call,
    cause: word,
    by: oneOf('peer', 'server', 'local'),
    message: optional(line),
    sip: optional(integer(100, 699)),
    q850: optional(integer(0, 127)),
  },
  offer: { call, number: turn, sdp, reason: oneOf('restart', 'hold', 'resume', 'update') },
  accept: { call, number: turn, sdp },
  refuse: { call, number: turn, reason: word },
  digit: { call, digit: matching(/^[0-9*#A-D]$/), seconds: number(0) },
  message: { call, id: text(64), content_type: text(128), body: text(16_384) },
  notice: { call, event: word, details: optional(isObject) },
};

/** Reads one text message of the server. Unknown fields are left alone. */
export function parse(raw: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { bad: 'not-json' };
  }
  if (!isObject(value) || typeof value['type'] !== 'string') return { bad: 'not-json' };
  const { type, seq } = value as { type: string; seq: unknown };
  const counted = integer(1)(seq) ? { seq: seq as number } : {};
  if (Object.hasOwn(LOOSE, type)) {
    const good = shaped(LOOSE[type] as Fields)(value);
    return good ? { frame: value as unknown as AnyServerFrame } : { bad: 'bad-frame' };
  }
  if (!Object.hasOwn(ORDERED, type)) return { bad: 'unknown-type', ...counted };
  const good = counted.seq !== undefined && shaped(ORDERED[type] as Fields)(value);
  return good ? { frame: value as unknown as AnyServerFrame } : { bad: 'bad-frame', ...counted };
}

/** How many bytes a text takes in UTF-8; the core has no TextEncoder. */
export function byteLength(value: string): number {
  let bytes = 0;
  for (const letter of value) {
    const point = letter.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
