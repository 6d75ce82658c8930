/** The real server, started for a test file on free ports with a data directory of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The program of the checkout, or another that is to be tried, such as one that was packed and installed. */
const OFFHOOK = process.env['TRY_PROGRAM'] ?? join(ROOT, '.venv/bin/offhook');
const START_MS = 60_000;

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
  readonly journal: readonly { readonly event: string; readonly at: number }[];
}

/** A TCP port that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

/** How the server is to be. */
export interface Wish {
  /** With the demonstration, as a newcomer's first start. */
  readonly demo?: boolean;
  /** Addresses for media instead of loopback. */
  readonly media?: readonly string[];
  /** An address of the network to listen on, instead of loopback. */
  readonly listen?: string;
  /** A TURN server that pages are told of. */
  readonly relay?: { readonly url: string; readonly secret: string };
  /** Further settings, by their names in the environment without `OFFHOOK_`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Origins of pages that may log in besides the server's own. */
  readonly origins?: readonly string[];
}

/** An address of this machine that is not loopback. */
export function networkAddress(): string {
  const all = Object.values(networkInterfaces()).flat();
  const found = all.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  if (found) return found;
  throw new Error('Firefox needs a network beside loopback, and this machine has none');
}

/** A running `offhook serve`. */
export class OffhookServer {
  readonly port: number;
  readonly url: string;
  readonly #folder: string;
  readonly #words: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #process: ChildProcess;
  #said = '';
  readonly #account: { readonly account: string; readonly secret: string } = {
    account: '',
    secret: '',
  };

  private constructor(
    port: number,
    { demo = false, media = [], origins = [], listen: at, relay, settings = {} }: Wish,
  ) {
    this.port = port;
    this.url = `http://${at ?? 'localhost'}:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
    // With the demonstration it is a new server's very first start; otherwise the account is ours.
    if (!demo) this.#account = JSON.parse(this.command('init', '--json'));
    const listen = media.flatMap((address) => ['--media-listen', address]);
    const welcome = origins.flatMap((origin) => ['--allow-origin', origin]);
    const kind = demo ? [] : ['--no-demo'];
    // Applications of tests are on loopback, which a server for everybody must be allowed to ask.
    const place = at ? ['--listen', at, '--insecure-http', '--allow-webhook', '127.0.0.1'] : [];
    const turn = relay ? ['--turn-url', relay.url] : [];
    const more = [...kind, ...place, ...listen, ...welcome, ...turn];
    this.#words = ['--data-dir', this.#folder, 'serve', '--port', String(port), ...more];
    this.#env = {
      ...process.env,
      ...(relay && { OFFHOOK_TURN_SECRET: relay.secret }),
      ...Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [`OFFHOOK_${name}`, value]),
      ),
    };
    this.#process = this.#spawn();
  }

  #spawn(): ChildProcess {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const started = spawn(OFFHOOK, [...this.#words], { stdio, env: this.#env });
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        this.#said = (this.#said + piece.toString()).slice(-100_000);
      });
    }
    return started;
  }

  /** Kills the process without a word to anybody. */
  async crash(): Promise<void> {
    const gone = new Promise((done) => this.#process.once('exit', done));
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** Starts it again on the same port and data. */
  async startAgain(): Promise<void> {
    this.#process = this.#spawn();
    await this.#ready();
  }

  /** Starts one and waits until it answers. */
  static async start(wish: Wish = {}): Promise<OffhookServer> {
    if (!existsSync(OFFHOOK)) throw new Error(`${OFFHOOK} is not there: run \`make setup\``);
    const server = new OffhookServer(await freePort(), wish);
    await server.#ready();
    return server;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said;
  }

  /** The account's secret, with which tokens are signed. */
  get secret(): string {
    return this.#account.secret;
  }

  /** The links that sign somebody in by themselves, as they were printed. */
  get links(): string[] {
    return this.#said.match(/https?:\/\/\S+\/s\/[0-9a-f]{32}/g) ?? [];
  }

  /** Asks the native API. */
  async api<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: { authorization: this.#authorization(), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
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
    throw new Error(`there is no record of ${id} after 10 s; the server said:\n${this.#said}`);
  }

  /** Stops it. */
  async stop(): Promise<void> {
    const gone = new Promise((done) => this.#process.once('exit', done));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      const hard = setTimeout(() => this.#process.kill('SIGKILL'), 8_000);
      await gone;
      clearTimeout(hard);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs another command of the program on the same data. */
  command(...words: string[]): string {
    return execFileSync(OFFHOOK, ['--data-dir', this.#folder, ...words], { encoding: 'utf8' });
  }

  #authorization(): string {
    const { account, secret } = this.#account;
    return `Basic ${Buffer.from(`${account}:${secret}`).toString('base64')}`;
  }

  async #ready(): Promise<void> {
    const until = Date.now() + START_MS;
    while (Date.now() < until && this.#process.exitCode === null) {
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error(`the server does not start:\n${this.#said}`);
  }
}
