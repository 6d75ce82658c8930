/** Keyboard shortcuts: one letter for each action, except in text fields. */

import type { CallCard } from './call-card.js';
import { byId } from './elements.js';
import type { Lines } from './lines.js';
import { preferences, savePreference } from './preferences.js';
import type { Call } from './sdk.js';

const KEYS = /^[0-9*#]$/;

/** What shortcuts act on. */
export interface KeyContext {
  readonly lines: Lines;
  card(call: Call): CallCard | undefined;
}

/** Listens until the signal aborts. Single keys can be switched off (WCAG 2.1.4), which is stored on this machine. */
export function listenToKeys(context: KeyContext, signal: AbortSignal): void {
  const choice = byId('single-keys', HTMLInputElement);
  choice.checked = preferences().singleKeys ?? true;
  choice.addEventListener('change', () => savePreference({ singleKeys: choice.checked }), {
    signal,
  });
  document.addEventListener('keydown', (event) => key(event, context), { signal });
}

function key(event: KeyboardEvent, { lines, card }: KeyContext): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (writes(event.target) || preferences().singleKeys === false) return;
  const call = lines.keyTarget;
  const shown = call && card(call);
  if (!shown) return;
  if (KEYS.test(event.key)) shown.talking.keys.press(event.key);
  else letter(event, shown, lines);
}

function letter(event: KeyboardEvent, card: CallCard, lines: Lines): void {
  const { call, ringing, talking } = card;
  const actions: Readonly<Record<string, () => void>> = {
    m: () => talking.toggleMute(),
    h: () => talking.toggleHold(),
    t: () => talking.toggle('.transfer'),
    s: () => {
      if (lines.waiting) void lines.resume(lines.waiting);
    },
    // Enter then ends it: one key alone ends no call.
    e: () => card.focusEnd(),
    a: () => {
      if (call.state === 'incoming') ringing.answer();
    },
  };
  const action = actions[event.key.toLowerCase()];
  if (!action) return;
  // The letter must not be the first one in a field that it opens.
  event.preventDefault();
  action();
}

/** Whether a key that is pressed there writes or chooses something. */
function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
