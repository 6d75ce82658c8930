/** Browsers with a microphone that plays a tone: Debian's Chromium by CDP, its Firefox by WebDriver BiDi. */
import { existsSync } from 'node:fs';
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import { toneFile } from './tones.js';
import { worker } from './worker.js';

/** Where somebody's pages are opened: a context in a browser that others use, too, or a browser of its own. */
export interface PageHost {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** Where a server has a page with nothing on it, but of its origin and under its content policy: the softphone takes long. */
export const BLANK = '/sdk/blank';

/** How a browser is to be. */
export interface BrowserOptions {
  /** The microphone's tone; without one there is no microphone at all. */
  readonly hz?: number;
  /** A WAV file that the microphone plays on and on instead; Chromium only. */
  readonly file?: string;
  /** How many microphones and outputs there are; Chromium only. */
  readonly devices?: number;
  /** Whether the person lets pages use the microphone. */
  readonly allowed?: boolean;
  /** Whether pages from files may load modules, as Electron lets them; Chromium only. */
  readonly files?: boolean;
  /** Whether pages may make sound before somebody has touched them. */
  readonly loud?: boolean;
}

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

function found(kind: string, places: readonly string[]): string {
  const place = places.find((path) => existsSync(path));
  if (place) return place;
  throw new Error(`there is no ${kind}: apt-get install -y ${kind}`);
}

/** Where Chromium is. */
export function chromiumPath(): string {
  return found('chromium', CHROMIUM);
}

/** How Chromium is started. */
export function chromiumArguments(options: BrowserOptions): string[] {
  const { hz, devices, allowed = true, loud = true, files = false } = options;
  const file = options.file ?? (hz === undefined ? undefined : toneFile(hz));
  const count = devices === undefined ? '' : `=device-count=${devices}`;
  const microphone =
    file === undefined
      ? []
      : [`--use-fake-device-for-media-stream${count}`, `--use-file-for-fake-audio-capture=${file}`];
  return [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...(loud ? ['--autoplay-policy=no-user-gesture-required'] : []),
    '--disable-features=WebRtcHideLocalIpsWithMdns',
    ...(allowed ? ['--use-fake-ui-for-media-stream'] : ['--deny-permission-prompts']),
    ...(files ? ['--allow-file-access-from-files'] : []),
    ...microphone,
  ];
}

/** A Chromium with nothing stored in it; it goes on to the next test file when it is closed. */
export function chromium(options: BrowserOptions): Promise<PageHost> {
  return worker.lend(JSON.stringify(options), () => ownChromium(options), microphoneWorks(options));
}

/** Whether the microphone gives anything but zeros within 3 s. */
const CAPTURES = `new Promise((found) => {
  setTimeout(found, 3_000, false);
  const look = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const [track] = stream.getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const samples = new Float32Array(read.value.numberOfFrames);
      read.value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      read.value.close();
      if (samples.some((sample) => sample !== 0)) break;
    }
    track.stop();
    found(true);
  };
  look().catch(() => found(false));
})`;

/**
 * Whether the microphone of a browser that was used before still works: on a busy machine Chromium's capture
 * stops for good now and then, and each later file would fail.
 */
function microphoneWorks(
  options: BrowserOptions,
): (browser: Browser, url: string) => Promise<boolean> {
  const { hz, file, allowed = true } = options;
  return async (browser, url) => {
    if (!allowed || (hz === undefined && file === undefined)) return true;
    const page = await browser.newPage();
    try {
      await page.goto(`${url}${BLANK}`);
      return (await page.evaluate(CAPTURES)) === true;
    } catch {
      return false;
    } finally {
      await page.close();
    }
  };
}

/** Starts a Chromium of the test's own, for a test that kills it or looks into its processes. */
export function ownChromium(options: BrowserOptions): Promise<Browser> {
  return puppeteer.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: chromiumArguments(options),
  });
}

/** A context in Firefox, which shares nothing with other contexts but the microphone. */
export function firefox(options: BrowserOptions): Promise<BrowserContext> {
  return worker.context(`firefox ${JSON.stringify(options)}`, () => ownFirefox(options));
}

/**
 * Starts Firefox. Its fake microphone makes the tone by itself. It never looks for a path over
 * loopback, so the server it talks to has to have an address of the network for media.
 */
function ownFirefox({ hz = 1_000 }: BrowserOptions): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: found('firefox-esr', FIREFOX),
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.permission.disabled': true,
      'media.navigator.streams.fake': true,
      'media.navigator.audio.fake_frequency': hz,
      'media.autoplay.default': 0,
      // A machine without a sound card has no clock for Web Audio either; this one has.
      'media.cubeb.force_mock_context': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
}
