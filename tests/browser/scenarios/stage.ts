/** Where scenes are played: one server for all, one browser for an API, and for every scene people and lines of its own. */
import { BLANK, type PageHost } from '../browsers.js';
import { type FakeMicrophone, plugIn } from '../fake-microphones.js';
import { Wire } from '../proxy.js';
import type { TestEnv } from '../test-env.js';
import type { Api } from './api.js';
import { installNotes, type LoginOptions, Phone } from './phone.js';

/** Who there is, and what their microphones play. */
export const VOICES = { alice: 620, amy: 1_830, bob: 1_170 } as const;
export type Role = keyof typeof VOICES;

/** How long a call rings, unless the scene says otherwise. */
const RING_S = 20;

/** What somebody speaks into. */
export interface Microphones {
  /** The first is the default. */
  readonly fakeMicrophones?: readonly FakeMicrophone[];
  /** Their rate, in Hz. */
  readonly rate?: number;
}

/** What the scenes of one API share. */
export interface House {
  readonly env: TestEnv;
  readonly browser: PageHost;
}

let scenes = 0;

/** One scene's. */
export class Stage {
  readonly house: House;
  readonly api: Api;
  readonly phones: Map<Role, Phone> = new Map();
  readonly #number: number;
  readonly #lines: Wire[] = [];
  readonly #patience: Partial<Record<Role, number>> = {};

  constructor(house: House, api: Api) {
    this.house = house;
    this.api = api;
    scenes += 1;
    this.#number = scenes;
  }

  /** Somebody who is logged in; what was told of that is forgotten. */
  async enter(
    role: Role,
    options: LoginOptions = {},
    microphones: Microphones = {},
  ): Promise<Phone> {
    const phone = await this.arrive(role, microphones);
    await phone.login(await this.token(role), options);
    await phone.untilOnline(true);
    await phone.forget();
    return phone;
  }

  /** Somebody with a page, whose calls go through a line of their own. */
  async arrive(role: Role, { fakeMicrophones, rate }: Microphones = {}): Promise<Phone> {
    const { env, browser } = this.house;
    const line = new Wire(env.server.port);
    this.#lines.push(line);
    const [page, url] = await Promise.all([browser.newPage(), line.open()]);
    const phone = new Phone(page, line, `${role}${this.#number}`, VOICES[role]);
    this.phones.set(role, phone);
    await page.goto(url + BLANK);
    await page.addScriptTag({ url: `/sdk/${this.api.script}.js` });
    // One browser has one microphone; with those of the pages' own everybody has another voice.
    await plugIn(page, fakeMicrophones ?? [{ id: 'desk', hz: phone.hz }], rate);
    await page.evaluate(installNotes);
    await page.evaluate(this.api.install);
    return phone;
  }

  /** Says how long Bob's phone rings when somebody calls, in seconds. */
  ringFor(role: Role, seconds: number): void {
    this.#patience[role] = seconds;
  }

  /** A token for somebody, whose calls ring at Bob's. */
  async token(role: Role): Promise<string> {
    return this.house.env.token(`${role}${this.#number}`, await this.#application(role));
  }

  /** Returns the uncaught errors, and closes all pages. */
  async leave(): Promise<string[]> {
    const phones = [...this.phones.values()];
    await Promise.all(phones.map(({ page }) => page.close()));
    for (const line of this.#lines) line.close();
    return phones.flatMap(({ faults }) => faults);
  }

  #application(role: Role): Promise<string> {
    const bob = `bob${this.#number}`;
    const limit = `timeout="${this.#patience[role] ?? RING_S}"`;
    const document = {
      twilio: `<Dial answerOnBridge="true" ${limit}><Client>${bob}</Client></Dial>`,
      plivo: `<Dial ${limit}><User>sip:${bob}@phone.plivo.com</User></Dial>`,
    }[this.api.dialect];
    return this.house.env.application(this.api.dialect, `<Response>${document}</Response>`);
  }
}
