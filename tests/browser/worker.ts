/** What a test worker keeps from one test file to the next: a server, and the browsers that it used last. */
import type { Browser, BrowserContext } from 'puppeteer-core';
import { type Account, ServerProcess } from './serving.js';

/** Idle browsers that stay open. */
const IDLE_BROWSERS = 3;
/** Firefox opens no more pages after some hundred, of which one file may need sixty. */
const MOST_PAGES = 30;

interface KeptBrowser {
  readonly key: string;
  readonly browser: Promise<Browser>;
  contexts: number;
  pages: number;
}

class Worker {
  #server: Promise<ServerProcess> | undefined;
  #firstAccount: Account | undefined;
  #browsers: KeptBrowser[] = [];

  /** The server that test files share, and an account for one of them. */
  async server(media: readonly string[]): Promise<{ server: ServerProcess; account: Account }> {
    this.#server ??= ServerProcess.start({ media }, async (made) => {
      this.#firstAccount = await made.account();
    });
    const server = await this.#server;
    const account = this.#firstAccount ?? (await server.account());
    this.#firstAccount = undefined;
    return { server, account };
  }

  /** A context of its own in a browser of that key, which is launched if there is none. */
  async context(key: string, launch: () => Promise<Browser>): Promise<BrowserContext> {
    const used = this.#browsers.find((each) => each.key === key && each.pages < MOST_PAGES) ?? {
      key,
      browser: launch(),
      contexts: 0,
      pages: 0,
    };
    used.contexts += 1;
    this.#browsers = [...this.#browsers.filter((each) => each !== used), used];
    const context = await (await used.browser).createBrowserContext();
    context.on('targetcreated', () => {
      used.pages += 1;
    });
    const close = context.close.bind(context);
    let closed = false;
    context.close = async () => {
      if (closed) return;
      closed = true;
      await close();
      used.contexts -= 1;
      await this.#closeIdle();
    };
    return context;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const browsers = this.#browsers;
    this.#browsers = [];
    await Promise.allSettled([
      ...browsers.map(async ({ browser }) => (await browser).close()),
      this.#server?.then((server) => server.stop()),
    ]);
  }

  async #closeIdle(): Promise<void> {
    const idle = this.#browsers.filter(({ contexts }) => contexts === 0);
    const old = idle.filter(({ pages }) => pages >= MOST_PAGES);
    const rest = idle.filter((each) => !old.includes(each));
    const surplus = [...old, ...rest.slice(0, -IDLE_BROWSERS)];
    this.#browsers = this.#browsers.filter((each) => !surplus.includes(each));
    await Promise.allSettled(surplus.map(async ({ browser }) => (await browser).close()));
  }
}

declare global {
  /** Closed by the environment, in `environment.ts`, when the worker ends. */
  var testWorker: { close(): Promise<void> } | undefined;
}

/** The one of this process. */
export const worker: Worker = new Worker();
globalThis.testWorker = worker;
