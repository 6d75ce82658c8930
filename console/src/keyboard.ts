/** The telephone in the keyboard: one letter for each deed, as long as nobody writes. */

import type { CallCard } from './call-card.js';
import { chosen, keepChoice } from './chosen.js';
import { byId } from './elements.js';
import type { Lines } from './lines.js';
import type { Call } from './sdk.js';

const KEYS = /^[0-9*#]$/;

/** Whom the keys mean. */
export interface KeyWorld {
  readonly lines: Lines;
  card(call: Call): CallCard | undefined;
}

/** Listens until the signal comes. Single keys can be switched off (WCAG 2.1.4), and stay so on this machine. */
export function listenToKeys(world: KeyWorld, signal: AbortSignal): void {
  const choice = byId('single-keys', HTMLInputElement);
  choice.checked = chosen().singleKeys ?? true;
  choice.addEventListener('change', () => keepChoice({ singleKeys: choice.checked }), { signal });
  document.addEventListener('keydown', (event) => key(event, world), { signal });
}

function key(event: KeyboardEvent, { lines, card }: KeyWorld): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (writes(event.target) || chosen().singleKeys === false) return;
  const call = lines.meant;
  const shown = call && card(call);
  if (!shown) return;
  if (KEYS.test(event.key)) shown.talking.keys.press(event.key);
  else letter(event, shown, lines);
}

function letter(event: KeyboardEvent, card: CallCard, lines: Lines): void {
  const { call, ringing, talking } = card;
  const deeds: Readonly<Record<string, () => void>> = {
    m: () => talking.toggleMute(),
    h: () => talking.toggleHold(),
    t: () => talking.toggle('.transfer'),
    s: () => {
      if (lines.waiting) void lines.takeUp(lines.waiting);
    },
    // Enter does it then: one key alone ends no call.
    e: () => card.focusEnd(),
    a: () => {
      if (call.state === 'incoming') ringing.answer();
    },
  };
  const deed = deeds[event.key.toLowerCase()];
  if (!deed) return;
  // The letter must not be the first one in a field that it opens.
  event.preventDefault();
  deed();
}

/** Whether a key that is pressed there writes or chooses something. */
function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
