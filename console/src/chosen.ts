/** What the person chose, devices above all: this browser keeps it for the next time. */

const KEY = 'offhook.devices';

/** Ids of devices; whatever is not there is the system's default. */
export interface Chosen {
  readonly microphone?: string;
  readonly speaker?: string;
  readonly ringer?: string;
  /** Whether noise is taken out of the microphone. */
  readonly lessNoise?: boolean;
  /** Whether single letters and digits on the keyboard mean the call. */
  readonly singleKeys?: boolean;
}

/** What was chosen. */
export function chosen(): Chosen {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Chosen;
  } catch {
    return {};
  }
}

/** Keeps a choice. */
export function keepChoice(
  choice: { readonly [Name in keyof Chosen]: Chosen[Name] | undefined },
): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...chosen(), ...choice }));
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
