/** What a test worker keeps from one test file to the next: a server, and the browsers that it used last. */
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { type Account, ServerProcess } from './serving.js';

/** Idle browsers of each maker that stay open, for both sides of a call. */
const IDLE_BROWSERS = 2;
/** Firefox opens no more pages after some hundred, of which one file may need sixty. */
const MOST_PAGES = 30;

interface KeptBrowser {
  readonly key: string;
  readonly browser: Promise<Browser>;
  contexts: number;
  pages: number;
}

/** A whole browser, as one test file has it for a while. */
class Lease {
  readonly #browser: Browser;
  readonly #release: (usable: boolean) => Promise<void>;
  #closed = false;

  constructor(browser: Browser, release: (usable: boolean) => Promise<void>) {
    this.#browser = browser;
    this.#release = release;
  }

  newPage(): Promise<Page> {
    return this.#browser.newPage();
  }

  /** Closes all pages, and forgets what they stored. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const pages = await this.#browser.pages().catch(() => []);
    const used = pages.filter((page) => page.url() !== 'about:blank');
    const origins = new Set(used.map((page) => new URL(page.url()).origin));
    await Promise.allSettled(used.map((page) => page.close()));
    const cleared = this.#clear([...origins].filter((each) => each !== 'null'));
    await this.#release(
      await cleared.then(
        () => true,
        () => false,
      ),
    );
  }

  async #clear(origins: readonly string[]): Promise<void> {
    const [page = await this.#browser.newPage()] = await this.#browser.pages();
    const door = await page.createCDPSession();
    for (const origin of origins) {
      await door.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    }
    await door.send('Network.clearBrowserCookies');
    await door.detach();
  }
}

class Worker {
  #server: Promise<ServerProcess> | undefined;
  /** An account for the next test file, made while others run: a command takes seconds to begin. */
  #nextAccount: Promise<Account> | undefined;
  #browsers: KeptBrowser[] = [];
  /** Those that are open, and of them those that no file has. */
  readonly #lent: Set<Browser> = new Set();
  #free: { readonly key: string; readonly browser: Browser }[] = [];

  /** The server that test files share, and an account for one of them. */
  async server(media: readonly string[]): Promise<{ server: ServerProcess; account: Account }> {
    this.#server ??= ServerProcess.start({ media }, async (made) => {
      this.#nextAccount = made.account();
      await this.#nextAccount;
    });
    const server = await this.#server;
    const account = this.#nextAccount ?? server.account();
    this.#nextAccount = server.account();
    // The test that needs it gets the error.
    this.#nextAccount.catch(() => undefined);
    return { server, account: await account };
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

  /**
   * A browser for one file alone, taken over from a file before or launched. Chromium is lent whole: with a context
   * for each file, the renderers of later contexts stopped answering for good. One that does not work any more is
   * closed.
   */
  async lend(
    key: string,
    launch: () => Promise<Browser>,
    works: (browser: Browser, url: string) => Promise<boolean>,
  ): Promise<Lease> {
    const kept = this.#takeFree(key);
    const server = await this.#server;
    const usable = kept && (!server || (await works(kept, server.url)));
    if (kept && !usable) {
      this.#lent.delete(kept);
      await kept.close().catch(() => undefined);
    }
    const browser = kept && usable ? kept : await launch();
    this.#lent.add(browser);
    return new Lease(browser, async (usable) => {
      if (usable) this.#free.push({ key, browser });
      const surplus = usable ? this.#free.splice(0, this.#free.length - IDLE_BROWSERS) : [];
      const all = [...surplus.map((each) => each.browser), ...(usable ? [] : [browser])];
      for (const each of all) this.#lent.delete(each);
      await Promise.allSettled(all.map((each) => each.close()));
    });
  }

  #takeFree(key: string): Browser | undefined {
    const free = this.#free.find((each) => each.key === key);
    this.#free = this.#free.filter((each) => each !== free);
    return free?.browser;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const browsers = this.#browsers;
    this.#browsers = [];
    await this.#nextAccount?.catch(() => undefined);
    await Promise.allSettled([
      ...browsers.map(async ({ browser }) => (await browser).close()),
      ...[...this.#lent].map((browser) => browser.close()),
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
