/** The real server as one account sees it: its own applications, endpoints, tokens and calls. */
import { networkInterfaces } from 'node:os';
import { type Account, type ServerOptions, ServerProcess } from './serving.js';
import { worker } from './worker.js';

/** One party's part in a call, as the API tells it; more than this is there. */
export interface LegRecord {
  readonly peer: string;
  readonly direction: string;
  readonly cause: string;
  readonly ended_by: string;
  readonly answered_at: string | null;
  readonly media: {
    readonly codec: string;
    readonly received: { readonly packets: number; readonly lost: number };
    readonly sent: { readonly packets: number };
  } | null;
}

/** What remains of a call. */
export interface CallRecord {
  readonly id: string;
  readonly dialect: string;
  readonly caller: string;
  readonly callee: string;
  readonly cause: string;
  readonly duration_s: number;
  readonly answered_s: number;
  readonly legs: readonly LegRecord[];
  readonly journal: readonly {
    readonly event: string;
    readonly at: number;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
}

/** How the server is to be. */
export interface StartOptions extends ServerOptions {
  /** Whether no other test file may use it: this one crashes it, or fills its memory of bad logins. */
  readonly apart?: boolean;
}

/** An address of this machine that is not loopback. */
export function networkAddress(): string {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  if (found) return found;
  throw new Error('Firefox needs a network beside loopback, and this machine has none');
}

/** A running server, and an account on it. */
export class OffhookServer {
  readonly #process: ServerProcess;
  readonly #account: Account;
  readonly #shared: boolean;

  private constructor(process: ServerProcess, account: Account, shared: boolean) {
    this.#process = process;
    this.#account = account;
    this.#shared = shared;
  }

  /** An account of the server that test files share or, if it has to be another, of one that is started for this file. */
  static async start({ apart = false, ...options }: StartOptions = {}): Promise<OffhookServer> {
    if (!apart && Object.keys(options).length === 0) {
      // Chromium goes over loopback, as a newcomer's does; Firefox over the network's address.
      const { server, account } = await worker.server(['127.0.0.1', networkAddress()]);
      return new OffhookServer(server, account, true);
    }
    // With the demonstration it is a new server's very first start; otherwise the account is ours.
    let account: Account = { account: '', secret: '' };
    const server = await ServerProcess.start(options, async (made) => {
      if (!options.demo) account = await made.account();
    });
    return new OffhookServer(server, account, false);
  }

  get port(): number {
    return this.#process.port;
  }

  get url(): string {
    return this.#process.url;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#process.said;
  }

  /** The account's secret, with which tokens are signed. */
  get secret(): string {
    return this.#account.secret;
  }

  /** The links that sign somebody in by themselves, as they were printed. */
  get links(): string[] {
    return this.said.match(/https?:\/\/\S+\/s\/[0-9a-f]{32}/g) ?? [];
  }

  /** Asks the native API. */
  async api<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: {
        authorization: this.#authorization(),
        'content-type': 'application/json',
        // A connection that is kept may be closed by the server just when it is used again.
        connection: 'close',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }

  /** Runs a command for the account, such as `calls live`; gives what it printed. */
  command(...words: readonly string[]): Promise<string> {
    return this.#process.command(...words, '--account', this.#account.account);
  }

  /** Waits for the record of a call; it is written when everything about the call is over. */
  async record(id: string): Promise<CallRecord> {
    for (let tries = 0; tries < 100; tries++) {
      try {
        return await this.api<CallRecord>('GET', `/calls/${id}`);
      } catch {
        await new Promise((later) => setTimeout(later, 100));
      }
    }
    throw new Error(`there is no record of ${id} after 10 s; the server said:\n${this.said}`);
  }

  /** Kills the process without a word to anybody. */
  crash(): Promise<void> {
    return this.#alone().crash();
  }

  /** Starts it again on the same port and data. */
  startAgain(): Promise<void> {
    return this.#alone().serve();
  }

  /** Stops it; of a server that others use, only the endpoints go, whose names a log-in finds whatever the account. */
  async stop(): Promise<void> {
    if (!this.#shared) return this.#process.stop();
    const { items } = await this.api<{ items: { name: string }[] }>('GET', '/endpoints?limit=100');
    for (const { name } of items) await this.api('DELETE', `/endpoints/${name}`);
  }

  #alone(): ServerProcess {
    if (this.#shared) throw new Error('other test files use this server: ask for one apart');
    return this.#process;
  }

  #authorization(): string {
    const { account, secret } = this.#account;
    return `Basic ${Buffer.from(`${account}:${secret}`).toString('base64')}`;
  }
}
