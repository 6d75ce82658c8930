/** Asks for a rating after a call; the user may dismiss it. */
import { byId, copyOf, within } from './elements.js';
import { announcePolitely, showError } from './notices.js';
import { other } from './peers.js';
import type { Call, Feedback } from './sdk.js';

const STARS = [
  [1, 'bad'],
  [2, 'poor'],
  [3, 'fair'],
  [4, 'good'],
  [5, 'very good'],
] as const;
/** Words for the server, and their labels. */
const ISSUES: readonly (readonly [string, string])[] = [
  ['echo', 'Echo'],
  ['noise', 'Noise'],
  ['choppy', 'Gaps'],
  ['delay', 'Delay'],
  ['one-way', 'One could not hear'],
  ['quiet', 'Too quiet'],
  ['dropped', 'It broke off'],
];
const THANKS_MS = 3_000;

/** Removes the question, if there is one. */
export function hideRating(): void {
  byId('after', HTMLElement).replaceChildren();
}

/** Asks about a call that has just ended, in place of any call before it. */
export function showRating(call: Call): void {
  const form = copyOf('rating-template');
  const more = within(form, '.more', HTMLElement);
  within(form, '.question', HTMLElement).textContent = `How was the call with ${other(call)}?`;
  const stars = within(form, '.stars', HTMLElement);
  for (const [score, word] of STARS) stars.append(star(score, word));
  const issues = within(form, '.issues', HTMLElement);
  for (const [value, word] of ISSUES) issues.append(issue(value, word));
  stars.addEventListener('change', () => {
    more.hidden = false;
  });
  within(form, '.dismiss', HTMLButtonElement).addEventListener('click', () => leave(form));
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave(form);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(call, form);
  });
  byId('after', HTMLElement).replaceChildren(form);
}

async function send(call: Call, form: HTMLElement): Promise<void> {
  const button = within(form, '[type="submit"]', HTMLButtonElement);
  button.disabled = true;
  try {
    await call.feedback(feedbackOf(form));
  } catch (error) {
    showError(error);
    button.disabled = false;
    return;
  }
  const thanks = document.createElement('p');
  thanks.className = 'thanks';
  thanks.textContent = 'Thank you.';
  const focused = form.contains(document.activeElement);
  form.replaceChildren(thanks);
  announcePolitely('Thank you.');
  if (focused) byId('to', HTMLInputElement).focus({ preventScroll: true });
  setTimeout(() => form.remove(), THANKS_MS);
}

function feedbackOf(form: HTMLElement): Feedback {
  const checked = [...form.querySelectorAll<HTMLInputElement>('input:checked')];
  const score = Number(checked.find(({ name }) => name === 'score')?.value) as Feedback['score'];
  const issues = checked.filter(({ name }) => name === 'issue').map(({ value }) => value);
  const note = within(form, '.note', HTMLTextAreaElement).value.trim();
  const sendLog = within(form, '.log', HTMLInputElement).checked;
  return { score, issues, note, sendLog };
}

function leave(form: HTMLElement): void {
  form.remove();
  byId('to', HTMLInputElement).focus({ preventScroll: true });
}

function star(score: number, word: string): HTMLElement {
  const label = document.createElement('label');
  const name = document.createElement('span');
  name.className = 'sr';
  name.textContent = `${score} ${score === 1 ? 'star' : 'stars'}, ${word}`;
  const shape = document.createElement('span');
  shape.ariaHidden = 'true';
  shape.textContent = '★';
  label.title = word;
  label.append(choice('radio', 'score', String(score)), shape, name);
  return label;
}

function issue(value: string, word: string): HTMLElement {
  const label = document.createElement('label');
  const text = document.createElement('span');
  text.textContent = word;
  label.append(choice('checkbox', 'issue', value), text);
  return label;
}

function choice(type: 'radio' | 'checkbox', name: string, value: string): HTMLInputElement {
  const input = document.createElement('input');
  Object.assign(input, { type, name, value, className: 'sr', required: type === 'radio' });
  return input;
}
