/** Tests the network and describes the quality to expect. */
import { byId } from './elements.js';
import { showError } from './notices.js';
import { milliseconds, percent } from './quality-labels.js';
import type { Client, Preflight, PreflightReport } from './sdk.js';

const SECONDS = 15;

/** The card of one client. */
export class NetworkCheck {
  readonly #client: Client;
  readonly #end: AbortController = new AbortController();
  readonly #button: HTMLButtonElement = byId('check-go', HTMLButtonElement);
  readonly #progress: HTMLProgressElement = byId('check-progress', HTMLProgressElement);
  #running: Preflight | undefined;

  constructor(client: Client) {
    this.#client = client;
    this.#button.addEventListener('click', () => this.#pressed(), { signal: this.#end.signal });
    this.#clear();
  }

  /** Removes all listeners. */
  close(): void {
    this.#running?.stop();
    this.#end.abort();
    this.#clear();
  }

  #pressed(): void {
    if (this.#running) this.#running.stop();
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#clear();
    this.#button.textContent = 'Stop';
    this.#progress.hidden = false;
    this.#progress.removeAttribute('value');
    say('Looking for a way to the server …');
    const check = this.#client.preflight({ seconds: SECONDS });
    this.#running = check;
    check.on('connected', () => say('Sound gets through. Listening for how well …'));
    check.on('progress', ({ fraction, phase }) => {
      if (phase === 'measuring') this.#progress.value = fraction;
    });
    try {
      const report = await check.done;
      if (!this.#end.signal.aborted) show(report);
    } catch (error) {
      say('');
      showError(error, 'warn');
    }
    this.#running = undefined;
    this.#progress.hidden = true;
    this.#button.textContent = 'Check again';
  }

  #clear(): void {
    this.#button.textContent = 'Check the network';
    this.#progress.hidden = true;
    byId('check', HTMLElement).removeAttribute('data-verdict');
    byId('check-figures', HTMLElement).hidden = true;
    say('');
  }
}

function say(text: string): void {
  byId('check-words', HTMLElement).textContent = text;
}

function show(report: PreflightReport): void {
  byId('check', HTMLElement).dataset['verdict'] = report.verdict.code;
  say(report.verdict.message);
  if (report.verdict.code === 'impossible') return;
  const { rttMs, jitterMs, inboundLoss, outboundLoss, udp } = report;
  const lost = Math.max(inboundLoss ?? 0, outboundLoss ?? 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Round trip', milliseconds(rttMs?.mean)],
    ['Jitter', milliseconds(jitterMs?.mean)],
    ['Lost', percent(lost)],
    ['By way of', `${udp ? 'UDP' : 'TCP'}${report.turnRequired ? ', relayed' : ''}`],
  ];
  const figures = byId('check-figures', HTMLElement);
  figures.replaceChildren(...facts.map(([name, value]) => fact(name, value)));
  figures.hidden = false;
}

function fact(name: string, value: string): HTMLElement {
  const pair = document.createElement('div');
  const [term, meaning] = [document.createElement('dt'), document.createElement('dd')];
  term.textContent = name;
  meaning.textContent = value;
  pair.append(term, meaning);
  return pair;
}
