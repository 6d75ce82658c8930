/** The telephone in the keyboard: one letter for each deed, as long as nobody writes. */
import type { CallCard } from './call-card.js';
import type { Lines } from './lines.js';
import type { Call } from './sdk.js';

const KEYS = /^[0-9*#]$/;

/** Whom the keys mean. */
export interface KeyWorld {
  readonly lines: Lines;
  card(call: Call): CallCard | undefined;
}

/** Listens until the signal comes. */
export function listenToKeys(world: KeyWorld, signal: AbortSignal): void {
  document.addEventListener('keydown', (event) => key(event, world), { signal });
}

function key(event: KeyboardEvent, { lines, card }: KeyWorld): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const call = lines.meant;
  const shown = call && card(call);
  if (!shown) return;
  if (event.key === 'Escape') {
    if (!inForm(event.target)) call.hangup();
  } else if (writes(event.target)) return;
  else if (KEYS.test(event.key)) shown.talking.keys.press(event.key);
  else letter(event, shown, lines);
}

function letter(event: KeyboardEvent, { call, ringing, talking }: CallCard, lines: Lines): void {
  const deeds: Readonly<Record<string, () => void>> = {
    m: () => talking.toggleMute(),
    h: () => talking.toggleHold(),
    t: () => talking.toggle('.transfer'),
    s: () => {
      if (lines.waiting) void lines.takeUp(lines.waiting);
    },
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

/** Whether Escape leaves something else than a call: a list of choices, a question. */
function inForm(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLSelectElement ||
    (target instanceof Element && target.closest('.rating') !== null)
  );
}
