/** Somebody with a browser of their own, whose microphone plays a tone of their own. */
import type { Page } from 'puppeteer-core';
import type { CallOptions } from '../../sdk/src/index.js';
import { BLANK, type PageHost } from './browsers.js';
import { type CallFacts, type Harness, type Heard, install } from './harness.js';

/** What can be done in a page: every function of the harness, by name. */
type Deeds = {
  [Name in keyof Harness as Harness[Name] extends (...words: never) => unknown
    ? Name
    : never]: Harness[Name];
};

/** One person. */
export class Person {
  readonly browser: PageHost;
  readonly page: Page;
  readonly hz: number;
  /** Uncaught errors of the page. */
  readonly faults: string[] = [];

  constructor(browser: PageHost, page: Page, hz: number) {
    this.browser = browser;
    this.page = page;
    this.hz = hz;
    page.on('pageerror', (error) => this.faults.push(String(error)));
  }

  /** Opens a page of the server's with the SDK in it: the server's own, or another that is to be tried. */
  static async open(browser: PageHost, url: string, hz: number): Promise<Person> {
    const person = new Person(browser, await browser.newPage(), hz);
    if (process.env['TRY_SDK']) await person.page.setBypassCSP(true);
    await person.page.goto(url + BLANK);
    await person.#furnish();
    return person;
  }

  /** Reloads the page and logs in again. */
  async reloads(token: string): Promise<void> {
    await this.page.reload();
    await this.#furnish();
    await this.arrives({ token });
  }

  async #furnish(): Promise<void> {
    const other = process.env['TRY_SDK'];
    await this.page.addScriptTag(other ? { path: other } : { url: '/sdk/offhook.js' });
    await this.page.evaluate(install, false);
  }

  /** Does something in the page. */
  does<Name extends keyof Deeds>(
    name: Name,
    ...words: Parameters<Deeds[Name]>
  ): Promise<Awaited<ReturnType<Deeds[Name]>>> {
    return this.page.evaluate(
      (act, given) => (window.harness[act as 'call'] as (...w: unknown[]) => unknown)(...given),
      name,
      words as unknown[],
    ) as Promise<Awaited<ReturnType<Deeds[Name]>>>;
  }

  /** Logs in and lets calls come. */
  async arrives(options: Record<string, unknown>): Promise<void> {
    await this.does('connect', options);
    await this.does('register');
  }

  call(to: string, options: CallOptions = {}): Promise<void> {
    return this.does('call', to, options);
  }

  facts(): Promise<CallFacts> {
    return this.does('facts');
  }

  /** Listens for somebody's tone. */
  hears(other: Person, ms = 1_500): Promise<Heard> {
    return this.does('hear', other.hz, ms);
  }

  hold(): Promise<void> {
    return this.page.evaluate(() => window.harness.current.hold());
  }

  resume(): Promise<void> {
    return this.page.evaluate(() => window.harness.current.resume());
  }

  mute(on: boolean): Promise<void> {
    return this.page.evaluate((shut) => window.harness.current.mute(shut), on);
  }

  press(digits: string): Promise<void> {
    return this.page.evaluate((keys) => window.harness.current.sendDigits(keys), digits);
  }

  hangUp(): Promise<void> {
    return this.page.evaluate(() => window.harness.current.hangup());
  }

  /** Waits until the page says something, for at most some milliseconds. */
  async until(kind: string, wanted: string, ms: number): Promise<void> {
    const limit = Date.now() + ms;
    while (!(await this.does('emitted', kind)).includes(wanted)) {
      if (Date.now() > limit) {
        throw new Error(
          `no ${kind} ${wanted} in ${ms} ms, but ${await this.does('emitted', kind)}`,
        );
      }
      await new Promise((later) => setTimeout(later, 50));
    }
  }
}
