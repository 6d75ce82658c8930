/** The process of a server: `offhook serve` on a free port, with a data directory of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The program of the checkout, or another that is to be tried, such as one that was packed and installed. */
const OFFHOOK = process.env['TRY_PROGRAM'] ?? join(ROOT, '.venv/bin/offhook');
const START_MS = 60_000;

/** How the server is to be. */
export interface ServerOptions {
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

/** The owner of applications and endpoints, and of what they do. */
export interface Account {
  readonly account: string;
  readonly secret: string;
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

/** What follows `serve` on the command line. */
function flagsOf({
  demo = false,
  media = [],
  origins = [],
  listen,
  relay,
}: ServerOptions): string[] {
  return [
    ...(demo ? [] : ['--no-demo']),
    // Applications of tests are on loopback, which a server for everybody must be allowed to ask.
    ...(listen ? ['--listen', listen, '--insecure-http', '--allow-webhook', '127.0.0.1'] : []),
    ...media.flatMap((address) => ['--media-listen', address]),
    ...origins.flatMap((origin) => ['--allow-origin', origin]),
    ...(relay ? ['--turn-url', relay.url] : []),
  ];
}

/** A running `offhook serve`. */
export class ServerProcess {
  readonly port: number;
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
  readonly #words: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #said = '';
  readonly #kill = (): void => void this.#process?.kill('SIGKILL');

  private constructor(port: number, options: ServerOptions) {
    const { listen, relay, settings = {} } = options;
    this.port = port;
    this.url = `http://${listen ?? 'localhost'}:${port}`;
    this.#words = ['serve', '--port', String(port), ...flagsOf(options)];
    this.#env = {
      ...process.env,
      ...(relay && { OFFHOOK_TURN_SECRET: relay.secret }),
      ...Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [`OFFHOOK_${name}`, value]),
      ),
    };
    process.on('exit', this.#kill);
  }

  /** Starts one and waits until it answers. Without the demonstration it needs an account before that. */
  static async start(
    options: ServerOptions,
    first: (server: ServerProcess) => Promise<void> = async () => undefined,
  ): Promise<ServerProcess> {
    if (!existsSync(OFFHOOK)) throw new Error(`${OFFHOOK} is not there: run \`make setup\``);
    const server = new ServerProcess(await freePort(), options);
    await first(server);
    await server.serve();
    return server;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said;
  }

  /** Serves, on the same port and data each time. */
  async serve(): Promise<void> {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const words = ['--data-dir', this.#folder, ...this.#words];
    const started = spawn(OFFHOOK, words, { stdio, env: this.#env });
    this.#process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        this.#said = (this.#said + piece.toString()).slice(-100_000);
      });
    }
    const until = Date.now() + START_MS;
    while (Date.now() < until && started.exitCode === null) {
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`the server does not start:\n${this.#said}`);
  }

  /** Kills the process without a word to anybody. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it, and removes its data. */
  async stop(): Promise<void> {
    const hard = setTimeout(this.#kill, 8_000);
    await this.#end('SIGTERM');
    clearTimeout(hard);
    process.off('exit', this.#kill);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Makes an account beside those that are there. */
  async account(): Promise<Account> {
    return JSON.parse(await this.command('init', '--another', '--json'));
  }

  /** Runs a command of the program on the server's data directory; gives what it printed. */
  async command(...words: readonly string[]): Promise<string> {
    const all = ['--data-dir', this.#folder, ...words];
    return (await promisify(execFile)(OFFHOOK, all)).stdout;
  }

  async #end(how: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill(how);
    await gone;
  }
}
