/** A server, a web application and the people of a test, all of them real and all of them gone afterwards. */
import { WebApplication } from './application.js';
import type { PageHost } from './browsers.js';
import { Person } from './person.js';
import { OffhookServer, type StartOptions } from './server.js';

/** The words of the dialects, as far as the tests need them. */
export const DIALECTS = {
  twilio: {
    dial: (name: string) =>
      `<Response><Dial answerOnBridge="true" timeout="20"><Client>${name}</Client></Dial></Response>`,
  },
  plivo: {
    dial: (name: string) =>
      `<Response><Dial timeout="20"><User>sip:${name}@phone.plivo.com</User></Dial></Response>`,
  },
} as const;

export type Dialect = keyof typeof DIALECTS;

/** Everything a test file needs. */
export class TestEnv {
  readonly server: OffhookServer;
  readonly web: WebApplication;
  readonly #browsers: PageHost[] = [];
  readonly #applications = new Map<string, string>();
  #made = 0;
  readonly #passwords = new Map<string, string>();

  private constructor(server: OffhookServer, web: WebApplication) {
    this.server = server;
    this.web = web;
  }

  static async open(options: StartOptions = {}): Promise<TestEnv> {
    return new TestEnv(await OffhookServer.start(options), await WebApplication.start());
  }

  /** Makes an application that answers with a document; gives its id. */
  async application(dialect: Dialect, document: string): Promise<string> {
    this.#made += 1;
    const path = `/${dialect}/${this.#made}`;
    this.web.pages.set(path, document);
    const made = await this.server.api<{ id: string }>('POST', '/applications', {
      name: `test-${this.#made}`,
      dialect,
      answer_url: this.web.url + path,
      hangup_url: `${this.web.url}/hangup`,
    });
    this.#applications.set(made.id, path);
    return made.id;
  }

  /** The path at which an application is asked. */
  pathOf(application: string): string {
    return this.#applications.get(application) ?? '';
  }

  /** Makes somebody who can log in, once; gives the password. */
  async endpoint(name: string, application?: string): Promise<string> {
    const known = this.#passwords.get(name);
    if (known) return known;
    const { password } = await this.server.api<{ password: string }>('POST', '/endpoints', {
      name,
      ...(application && { application }),
    });
    this.#passwords.set(name, password);
    return password;
  }

  /** An access token for somebody, whose calls an application decides on. */
  async token(name: string, application?: string, lifetime = 3_600): Promise<string> {
    const wanted = { name, lifetime_s: lifetime, ...(application && { application }) };
    return (await this.server.api<{ token: string }>('POST', '/tokens', wanted)).token;
  }

  /** Somebody with a browser, who is logged in and can be called. */
  async person(
    browser: PageHost | Promise<PageHost>,
    name: string,
    hz: number,
    application?: string,
    url?: string,
  ): Promise<Person> {
    const open = await browser;
    this.#browsers.push(open);
    const person = await Person.open(open, url ?? this.server.url, hz);
    await person.arrives({ token: await this.token(name, application) });
    return person;
  }

  /** Somebody's further page in a browser that is open. */
  async tab(
    browser: PageHost,
    name: string,
    hz: number,
    options: Record<string, unknown>,
    application?: string,
  ): Promise<Person> {
    const person = await Person.open(browser, this.server.url, hz);
    await person.arrives({ ...options, token: await this.token(name, application) });
    return person;
  }

  /** Keeps a browser in mind, so that it is closed in the end. */
  async keep<Host extends PageHost>(browser: Promise<Host>): Promise<Host> {
    const open = await browser;
    this.#browsers.push(open);
    return open;
  }

  /** Sends everybody home. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#browsers.map((browser) => browser.close()));
    this.web.stop();
    await this.server.stop();
  }
}
