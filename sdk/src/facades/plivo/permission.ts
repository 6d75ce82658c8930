/** Whether the page may use the microphone: requested early, emitted as `onMediaPermission`. */
import type { Devices } from '../../audio/devices.js';
import type { OffhookError } from '../../core/errors.js';

/** The value of `onMediaPermission`. @public */
export interface MediaPermission {
  readonly status: 'success' | 'failure';
  /** Whether there is a stream: not if the microphone is only asked for at the first call. */
  readonly stream?: boolean;
  /** The browser's name of the error. */
  readonly error?: string;
}

/** The browser's name of the error. */
export function mediaErrorName(error: unknown): string {
  const { cause, code } = error as OffhookError;
  return (cause as { name?: string } | undefined)?.name ?? code ?? 'NotReadableError';
}

/** The value of `onMediaPermission`, from the error if there was one. */
export function permission(error: unknown): MediaPermission {
  return error === undefined
    ? { status: 'success', stream: true }
    : { status: 'failure', error: mediaErrorName(error) };
}

/** Requests the permission, and closes the microphone again. */
export async function ask(devices: Devices): Promise<MediaPermission> {
  try {
    const stream = await devices.requestPermission();
    for (const track of stream.getTracks()) track.stop();
    return permission(undefined);
  } catch (error) {
    return permission(error);
  }
}

/** Whether this browser can make calls on this page at all. */
export function canCall(): boolean {
  return (
    typeof RTCPeerConnection === 'function' &&
    globalThis.navigator?.mediaDevices?.getUserMedia !== undefined
  );
}

/** The browser's name and version. @public */
export interface BrowserDetails {
  browser: string;
  version: number;
}

/** In the order in which they are looked for: most use others' names as well. */
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ['edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['opera', /\bOPR\/(\d+)/],
  ['firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/],
  ['safari', /\bVersion\/(\d+).*Safari/],
];

/** Which browser this is. */
export function browserDetails(): BrowserDetails {
  const agent = globalThis.navigator?.userAgent ?? '';
  for (const [browser, pattern] of BROWSERS) {
    const found = pattern.exec(agent);
    if (found) return { browser, version: Number(found[1]) };
  }
  return { browser: 'unknown', version: 0 };
}
