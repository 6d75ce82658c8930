/** A server, its applications and the people whose pages have the vendor's API. */
import { createHmac } from 'node:crypto';
import type { Page } from 'puppeteer-core';
import type { Client } from '../../../sdk/src/facades/plivo/index.js';
import type { Question } from '../application.js';
import { BLANK, type PageHost } from '../browsers.js';
import type { StartOptions } from '../server.js';
import { TestEnv } from '../test-env.js';
import { EVENTS, install, type Note } from './page.js';

/** Documents by the name of the caller. */
const DOCUMENTS = {
  alice:
    '<Dial timeout="20" callerName="Alice A." sipHeaders="Colour=red"><User>sip:bob@phone.plivo.com</User></Dial>',
  amy: '<Dial timeout="20"><User>sip:bob@phone.plivo.com</User></Dial>',
  ann: '<Dial timeout="20"><User>sip:ben@phone.plivo.com</User></Dial>',
  brief: '<Dial timeout="2"><User>sip:bob@phone.plivo.com</User></Dial>',
  busy: '<Hangup reason="busy"/>',
  rejected: '<Hangup reason="rejected"/>',
  robot: '<DTMF async="false">1</DTMF><Wait length="60"/>',
  nobody: '<Dial timeout="5"><User>sip:absent@phone.plivo.com</User></Dial>',
} as const;

/** Who calls. */
export type Caller = keyof typeof DOCUMENTS;

/** The methods of the vendor's client. */
type Methods = {
  [Name in keyof Client as Client[Name] extends (...words: never) => unknown
    ? Name
    : never]: Client[Name];
};

/** One page with the vendor's API. */
export class Phone {
  readonly page: Page;
  /** Uncaught errors of the page. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(String(error)));
  }

  static async open(browser: PageHost, url: string): Promise<Phone> {
    const phone = new Phone(await browser.newPage());
    await phone.page.goto(url + BLANK);
    await phone.page.addScriptTag({ url: '/sdk/plivo.js' });
    await phone.page.evaluate(install, [...EVENTS]);
    return phone;
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

  make(options: Record<string, unknown> = {}): Promise<void> {
    return this.run((given) => window.plivoPage.make(given), options);
  }

  /** Calls a method of the client. */
  does<Name extends keyof Methods>(
    name: Name,
    ...words: Parameters<Methods[Name]>
  ): Promise<Awaited<ReturnType<Methods[Name]>>> {
    return this.run(
      (method, given) =>
        (window.plivoPage.client[method as 'login'] as (...w: unknown[]) => unknown)(...given),
      name as string,
      words as unknown[],
    ) as Promise<Awaited<ReturnType<Methods[Name]>>>;
  }

  /** Reads a property of the client. */
  reads<Name extends keyof Client>(name: Name): Promise<Client[Name]> {
    return this.run((key) => {
      const value: unknown = window.plivoPage.client[key as 'version'];
      return (value && JSON.parse(JSON.stringify(value))) as never;
    }, name as string) as Promise<Client[Name]>;
  }

  /** Waits until an event was emitted, for the n-th time since `forget`. */
  async until(event: string, count = 1, ms = 10_000): Promise<readonly unknown[]> {
    const { values } = await this.run(
      (name, place, limit) => window.plivoPage.until(name, place, limit),
      event,
      count,
      ms,
    );
    return values;
  }

  emitted(): Promise<Note[]> {
    return this.run(() => window.plivoPage.emitted());
  }

  /** The emitted events, in their order; those about quality and devices come when they like. */
  async events(): Promise<string[]> {
    const any = ['mediaMetrics', 'onMediaPermission'];
    return (await this.emitted()).map(({ event }) => event).filter((event) => !any.includes(event));
  }

  /** How often an event was emitted. */
  async count(event: string): Promise<number> {
    return (await this.emitted()).filter((note) => note.event === event).length;
  }

  forget(): Promise<void> {
    return this.run(() => window.plivoPage.forget());
  }

  /** Waits for the news of quality of one type. */
  metric(type: string, wanted: Record<string, unknown> = {}, ms = 15_000): Promise<unknown> {
    return this.run(
      async (kind, fields, limit) => {
        const until = performance.now() + limit;
        const fits = (metric: Record<string, unknown>): boolean =>
          metric.type === kind &&
          Object.entries(fields).every(([name, value]) => metric[name] === value);
        while (performance.now() < until) {
          const metrics = window.plivoPage
            .emitted()
            .filter(({ event }) => event === 'mediaMetrics');
          const found = metrics
            .map(({ values }) => values[0] as Record<string, unknown>)
            .find(fits);
          if (found) return found;
          await new Promise((later) => setTimeout(later, 50));
        }
        throw new Error(`no ${kind}: ${JSON.stringify(window.plivoPage.emitted())}`);
      },
      type,
      wanted,
      ms,
    );
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** How somebody's page is to be. */
interface PageOptions {
  readonly url?: string;
  readonly prepare?: () => void;
  readonly lasting?: boolean;
}

/** The office with its people. */
export class PlivoEnv {
  readonly env: TestEnv;
  readonly browser: PageHost;
  readonly #applications = new Map<Caller, string>();
  readonly #passwords = new Map<string, string>();
  readonly #open = new Set<Phone>();

  private constructor(env: TestEnv, browser: PageHost) {
    this.env = env;
    this.browser = browser;
  }

  /** @param launch - The browser that everybody uses. */
  static async open(launch: () => Promise<PageHost>, options: StartOptions = {}) {
    const env = await TestEnv.open(options);
    const plivo = new PlivoEnv(env, await env.keep(launch()));
    for (const [name, verbs] of Object.entries(DOCUMENTS)) {
      const document = `<Response>${verbs}</Response>`;
      plivo.#applications.set(name as Caller, await env.application('plivo', document));
    }
    return plivo;
  }

  get url(): string {
    return this.env.server.url;
  }

  /** What the application of somebody was asked. */
  asked(name: Caller): Question[] {
    return this.env.web.at(this.env.pathOf(this.#applications.get(name) ?? ''));
  }

  /**
   * A page with a client that is not logged in.
   *
   * @param prepare - Is done in the page before the client is made.
   * @param lasting - Whether the page stays when the test that runs is over.
   */
  async phone(
    options: Record<string, unknown> = {},
    { url = this.url, prepare, lasting = false }: PageOptions = {},
  ): Promise<Phone> {
    const phone = await Phone.open(this.browser, url);
    if (!lasting) this.#open.add(phone);
    if (prepare) await phone.run(prepare);
    await phone.make(options);
    return phone;
  }

  /** The password of somebody who can log in. */
  async password(name: string): Promise<string> {
    const known = this.#passwords.get(name);
    if (known) return known;
    const application = this.#applications.get(name as Caller);
    const wanted = { name, ...(application && { application }) };
    const made = await this.env.server.api<{ password: string }>('POST', '/endpoints', wanted);
    this.#passwords.set(name, made.password);
    return made.password;
  }

  /** A page on which somebody is logged in, with nothing noted yet. */
  async inside(
    name: string,
    options: Record<string, unknown> = {},
    page: PageOptions = {},
  ): Promise<Phone> {
    const phone = await this.phone(options, page);
    await phone.does('login', name, await this.password(name));
    await phone.until('onLogin');
    await phone.until('onMediaPermission');
    await phone.forget();
    return phone;
  }

  /** Alice and Bob, who talk. */
  async talking(
    hers: Record<string, unknown> = {},
    his: Record<string, unknown> = {},
  ): Promise<readonly [Phone, Phone]> {
    const alice = await this.inside('alice', hers);
    const bob = await this.inside('bob', his);
    await connect(alice, bob);
    return [alice, bob];
  }

  /** Two others who talk, as long as it takes, and what their pages did not catch; no other test calls them. */
  async talkingLong(
    hers: Record<string, unknown>,
    what: (ann: Phone, ben: Phone) => Promise<void>,
  ): Promise<string[]> {
    const phones = await Promise.all([
      this.inside('ann', hers, { lasting: true }),
      this.inside('ben', {}, { lasting: true }),
    ]);
    await connect(...phones, 'ben');
    await what(...phones);
    await Promise.all(phones.map((phone) => phone.close()));
    return phones.flatMap(({ faults }) => faults);
  }

  /** A token as the vendor's helper library makes it, with other claims and another head if that is wanted. */
  async token(
    name: string,
    change: Record<string, unknown> = {},
    { head = {}, secret }: { head?: object; secret?: string } = {},
  ): Promise<string> {
    const ours = await this.env.token('anybody');
    const [, body = ''] = ours.split('.');
    const { iss } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { iss: string };
    const now = Math.floor(Date.now() / 1_000);
    const application = this.#applications.get(name as Caller);
    return signed(
      { alg: 'HS256', typ: 'JWT', cty: 'plivo;v=1', ...head },
      {
        jti: `${name}-${now}`,
        iss,
        sub: name,
        nbf: now,
        exp: now + 3_600,
        grants: { voice: { incoming_allow: true, outgoing_allow: true } },
        ...(application && { app: application }),
        ...change,
      },
      secret ?? this.env.server.secret,
    );
  }

  /** What was said of a call; it is stored when everything about the call is over. */
  async feedback(callUUID: string): Promise<readonly Record<string, unknown>[]> {
    const path = `/calls/${callUUID.replaceAll('-', '')}/feedback`;
    const api = this.env.server;
    const { items } = await api.api<{ items: Record<string, unknown>[] }>('GET', path);
    return items;
  }

  /** Closes all pages, so that the next test begins without logins. */
  async tidy(): Promise<string[]> {
    const phones = [...this.#open];
    this.#open.clear();
    await Promise.all(phones.map((phone) => (phone.page.isClosed() ? undefined : phone.close())));
    return phones.flatMap(({ faults }) => faults);
  }

  close(): Promise<void> {
    return this.env.close();
  }
}

/** Alice calls Bob, or somebody else, who takes it; both hear each other. */
export async function connect(alice: Phone, bob: Phone, name = 'bob'): Promise<void> {
  await alice.does('call', name, { 'X-PH-Shoe': 'left' });
  await bob.until('onIncomingCall');
  await bob.does('answer');
  await Promise.all([
    alice.until('onCallAnswered'),
    alice.until('onMediaConnected'),
    bob.until('onMediaConnected'),
  ]);
}

/** A JWT by HMAC with SHA-256. */
export function signed(header: object, claims: object, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
