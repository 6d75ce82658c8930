/** The calls of this tab that are over, newest first. */
import { hasTalked } from './dial-results.js';
import { byId, copyOf, within } from './elements.js';
import { clock, isMissed, outcome } from './labels.js';
import { other } from './peers.js';
import type { Call, Ending } from './sdk.js';

const MOST = 50;

/** Adds a call that has ended. @param again - Calls the same once more. */
export function remember(call: Call, ending: Ending, again: (to: string) => void): void {
  const item = copyOf('recent-template');
  const incoming = call.direction === 'incoming';
  const talked = hasTalked(call);
  item.dataset['good'] = String(talked);
  item.dataset['missed'] = String(isMissed(call, ending));
  item.dataset['cause'] = ending.cause;
  within(item, '.direction', HTMLElement).textContent = incoming ? '↙' : '↗';
  within(item, '.name', HTMLElement).textContent = other(call);
  within(item, '.why', HTMLElement).textContent =
    `${incoming ? 'Incoming' : 'Outgoing'} · ${outcome(call, ending)}`;
  const at = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  // Always when it was; how long, where somebody talked.
  within(item, '.when', HTMLElement).textContent = talked ? `${at} · ${clock(call.duration)}` : at;
  const button = within(item, '.again', HTMLButtonElement);
  button.setAttribute('aria-label', `Call ${other(call)} again`);
  button.addEventListener('click', () => again(incoming ? call.from : call.to));
  const list = byId('recent', HTMLOListElement);
  list.prepend(item);
  while (list.children.length > MOST) list.lastElementChild?.remove();
  byId('recent-none', HTMLElement).hidden = true;
}
