/** A server, an application and two people whose pages have the vendor's API. */
import { createHmac } from 'node:crypto';
import type { Page } from 'puppeteer-core';
import type { Question } from '../application.js';
import { BLANK, chromium, type PageHost } from '../browsers.js';
import { TestEnv } from '../test-env.js';
import { install, type Note, type TwilioPage } from './page.js';

/** Rings bob, and gives him a word along. */
export const RING_BOB = `<Response><Dial answerOnBridge="true" timeout="20"><Client><Identity>bob</Identity>
<Parameter name="shoe" value="left=right"/></Client></Dial></Response>`;

/** Events of the vendor's second generation. */
export const CALL_EVENTS = [
  'accept',
  'audio',
  'cancel',
  'disconnect',
  'error',
  'messageReceived',
  'messageSent',
  'mute',
  'reconnecting',
  'reconnected',
  'reject',
  'ringing',
  'sample',
  'volume',
  'warning',
  'warning-cleared',
] as const;
export const DEVICE_EVENTS = [
  'registering',
  'registered',
  'unregistered',
  'destroyed',
  'incoming',
  'error',
  'tokenWillExpire',
] as const;

/** One page with the vendor's API. */
export class SdkPage {
  readonly page: Page;
  /** Uncaught errors of the page. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(String(error)));
  }

  /** @param script - `twilio` or `twilio-client`. */
  static async open(browser: PageHost, url: string, script = 'twilio'): Promise<SdkPage> {
    const sdkPage = new SdkPage(await browser.newPage());
    // Sounds of the page's own come as `data:` here, which the demonstration's page does not allow.
    await sdkPage.page.setBypassCSP(true).catch(() => undefined);
    await sdkPage.page.goto(url + BLANK);
    await sdkPage.page.addScriptTag({ url: `/sdk/${script}.js` });
    await sdkPage.page.evaluate(install);
    return sdkPage;
  }

  /** Runs something in the page. */
  run<Given extends unknown[], Result>(
    what: (...given: Given) => Result,
    ...given: Given
  ): Promise<Awaited<Result>> {
    return this.page.evaluate(what as never, ...(given as unknown as never[])) as Promise<
      Awaited<Result>
    >;
  }

  /** The events that were emitted. */
  emitted(who: string): Promise<Note[]> {
    return this.run((name) => window.twilioPage.emitted(name), who);
  }

  /** Which events were emitted, but for those that come all the time. */
  async events(who: string): Promise<string[]> {
    const often = ['sample', 'volume'];
    return (await this.emitted(who))
      .map(({ event }) => event)
      .filter((event) => !often.includes(event));
  }

  until(who: string, event: string, ms?: number): Promise<Note> {
    return this.run(
      (name, wanted, limit) => window.twilioPage.until(name, wanted, limit),
      who,
      event,
      ms,
    );
  }

  /** A device at `window.twilioPage.device`, whose events are noted as `device`, and those of calls as `call`. */
  async device(token: string, options: Record<string, unknown> = {}): Promise<void> {
    await this.run(
      (given, wanted, ofDevice, ofCall) => {
        const { twilioPage } = window;
        const microphone = {
          echoCancellation: false,
          noiseSuppression: false,
          autoGainControl: false,
        };
        twilioPage.device = new window.Twilio.Device(given, { logLevel: 'silent', ...wanted });
        void twilioPage.device.audio?.setAudioConstraints(microphone);
        twilioPage.note('device', twilioPage.device, ofDevice);
        twilioPage.device.on('incoming', (call: TwilioPage['call']) => {
          twilioPage.call = call;
          twilioPage.note('call', call, ofCall);
        });
      },
      token,
      options,
      [...DEVICE_EVENTS],
      [...CALL_EVENTS],
    );
  }

  register(): Promise<void> {
    return this.run(() => window.twilioPage.device.register());
  }

  /** Calls, and notes the call's events as `call`. */
  call(options: Record<string, unknown> = {}): Promise<void> {
    return this.run(
      async (wanted, ofCall) => {
        window.twilioPage.call = await window.twilioPage.device.connect(wanted);
        window.twilioPage.note('call', window.twilioPage.call, ofCall);
      },
      options,
      [...CALL_EVENTS],
    );
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** The office with Alice's and Bob's browsers. */
export class TwilioEnv {
  readonly env: TestEnv;
  readonly alices: PageHost;
  readonly bobs: PageHost;
  readonly application: string;

  constructor(env: TestEnv, alices: PageHost, bobs: PageHost, application: string) {
    this.env = env;
    this.alices = alices;
    this.bobs = bobs;
    this.application = application;
  }

  static async open(): Promise<TwilioEnv> {
    const env = await TestEnv.open();
    const [alices, bobs] = await Promise.all([
      env.keep(chromium({ hz: 620 })),
      env.keep(chromium({ hz: 1_170 })),
    ]);
    const application = await env.application('twilio', RING_BOB);
    return new TwilioEnv(env, alices, bobs, application);
  }

  get url(): string {
    return this.env.server.url;
  }

  /** What the application was asked. */
  get asked(): Question[] {
    return this.env.web.at(this.env.pathOf(this.application));
  }

  alice(script?: string): Promise<SdkPage> {
    return SdkPage.open(this.alices, this.url, script);
  }

  bob(script?: string): Promise<SdkPage> {
    return SdkPage.open(this.bobs, this.url, script);
  }

  /** A token for calls to a machine that plays some seconds of sound, so often; 0 is for ever. */
  async machine(name: string, times = 0): Promise<string> {
    const play = `<Play loop="${times}">${this.url}/sdk/sounds/incoming.wav</Play>`;
    return this.env.token(
      name,
      await this.env.application('twilio', `<Response>${play}</Response>`),
    );
  }

  /** A token of ours. */
  token(name: string, lifetime?: number): Promise<string> {
    return this.env.token(name, this.application, lifetime);
  }

  /** A token as the vendor's helper libraries make it, with other claims if that is wanted. */
  async vendorToken(name: string, change: Record<string, unknown> = {}): Promise<string> {
    const ours = await this.token(name);
    const [, body = ''] = ours.split('.');
    const { iss } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { iss: string };
    const now = Math.floor(Date.now() / 1_000);
    const voice = {
      incoming: { allow: true },
      outgoing: { application_sid: `AP${this.application}`, params: { from_token: 'yes' } },
    };
    return signed(
      { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' },
      {
        jti: `${iss}-${now}`,
        iss,
        sub: iss,
        iat: now,
        exp: now + 3_600,
        grants: { identity: name, voice },
        ...change,
      },
      this.env.server.secret,
    );
  }

  /** What was said of a call; it is stored when everything about the call is over. */
  async feedback(call: string): Promise<readonly Record<string, unknown>[]> {
    await this.env.server.record(call);
    const path = `/calls/${call}/feedback`;
    const { items } = await this.env.server.api<{ items: Record<string, unknown>[] }>('GET', path);
    return items;
  }

  async close(): Promise<void> {
    await this.env.close();
  }
}

/** A JWT by HMAC with SHA-256. */
export function signed(header: object, claims: object, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
