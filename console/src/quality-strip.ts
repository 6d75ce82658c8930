/** The quality of a call, second by second, with warnings as messages. */
import { dialFailure } from './dial-results.js';
import { within } from './elements.js';
import { announcePolitely } from './notices.js';
import {
  codecLabel,
  gradeOf,
  lossOf,
  milliseconds,
  percent,
  warningLabel,
} from './quality-labels.js';
import type { AudioIssue, Call, QualitySample } from './sdk.js';

/** Seconds that are in sight. */
const SPAN = 60;
/** The line's height, and the scores at its foot and its top. */
const HEIGHT = 20;
const LEAST = 1;
const MOST = 4.5;
/** Warnings that a found cause replaces. */
const SILENT: readonly string[] = ['no-inbound-bytes', 'no-outbound-bytes', 'constant-input-level'];

/** Bars, a line of the last minute, three figures, and what is wrong. */
export class QualityStrip {
  readonly #call: Call;
  readonly #element: HTMLElement;
  readonly #scores: number[] = [];
  readonly #warnings: Set<string> = new Set();
  readonly #issues: Map<string, AudioIssue> = new Map();
  #aside = false;

  constructor(call: Call, element: HTMLElement) {
    this.#call = call;
    this.#element = element;
    this.#part('.grade').textContent = 'Measuring …';
    call.on('sample', (sample) => this.#take(sample));
    call.on('warning', ({ name, raised }) => {
      this.#warnings[raised ? 'add' : 'delete'](name);
      this.#showWarnings();
    });
    call.on('audio-issue', ({ raised, ...issue }) => {
      if (raised) this.#issues.set(issue.code, issue);
      else this.#issues.delete(issue.code);
      this.#showWarnings();
    });
  }

  /** Shows it while the call is up. @param aside - Another call is in front. */
  show(aside: boolean): void {
    const { state, held, heldByPeer } = this.#call;
    this.#aside = aside;
    const failed = dialFailure(this.#call) !== undefined;
    this.#element.hidden = state !== 'up' || aside || held || heldByPeer || failed;
    this.#showWarnings();
  }

  #take(sample: QualitySample): void {
    const { mos } = sample;
    if (mos !== undefined && this.#call.audio === 'connected') this.#grade(mos);
    else if (this.#scores.length > 0) this.#silent();
    const arrives = sample.interval.packetsReceived > 0;
    this.#part('.loss').textContent = arrives ? percent(lossOf(sample)) : '–';
    this.#part('.trip').textContent = arrives ? milliseconds(sample.rttMs) : '–';
    this.#part('.codec').textContent = codecLabel(sample.codec);
  }

  #grade(mos: number): void {
    if (this.#element.hidden) return;
    const { bars, word } = gradeOf(mos);
    this.#display(mos, bars, word, `Mean opinion score ${mos.toFixed(1)} of 5`);
  }

  /** Nothing arrives: the last score does not hold any more. */
  #silent(): void {
    if (!this.#element.hidden) this.#display(LEAST, 0, 'No sound', 'Nothing arrives at the moment');
  }

  #display(score: number, bars: number, word: string, title: string): void {
    this.#scores.push(score);
    if (this.#scores.length > SPAN) this.#scores.shift();
    this.#element.dataset['bars'] = String(bars);
    this.#part('.grade').textContent = word;
    this.#part('.grade').title = title;
    this.#draw();
  }

  /** The newest is at the right, as on every chart of this kind. */
  #draw(): void {
    const first = SPAN - this.#scores.length;
    const points = this.#scores.map((score, index) => {
      const y = HEIGHT - 1 - ((score - LEAST) / (MOST - LEAST)) * (HEIGHT - 2);
      return `${first + index + 1},${y.toFixed(1)}`;
    });
    within(this.#element, 'polyline', SVGElement).setAttribute('points', points.join(' '));
  }

  #showWarnings(): void {
    const { muted } = this.#call;
    const found = this.#issues.size > 0;
    const warnings = [...this.#warnings]
      .filter((name) => !(SILENT.includes(name) && found))
      // A muted microphone has a constant level.
      .filter((name) => !(name === 'constant-input-level' && muted));
    const messages = [
      ...[...this.#issues.values()].map((issue) => issue.message),
      ...warnings.map(warningLabel),
    ];
    const list = this.#part('.faults');
    const before = [...list.children].map(({ textContent }) => textContent);
    if (before.join() === messages.join()) return;
    list.hidden = messages.length === 0;
    list.replaceChildren(
      ...messages.map((text) => Object.assign(document.createElement('li'), { textContent: text })),
    );
    const added = messages.filter((text) => !before.includes(text));
    if (!this.#aside && added.length > 0) announcePolitely(added.join(' '));
  }

  #part(selector: string): HTMLElement {
    return within(this.#element, selector, HTMLElement);
  }
}
