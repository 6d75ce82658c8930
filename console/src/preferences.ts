/** The user's preferences, stored in this browser. */

const KEY = 'offhook.devices';

/** Ids of devices; without an id it is the system's default. */
export interface Preferences {
  readonly microphone?: string;
  readonly speaker?: string;
  readonly ringer?: string;
  /** Whether noise is taken out of the microphone. */
  readonly lessNoise?: boolean;
  /** Whether single letters and digits on the keyboard mean the call. */
  readonly singleKeys?: boolean;
}

/** The stored preferences. */
export function preferences(): Preferences {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Preferences;
  } catch {
    return {};
  }
}

/** Stores a preference. */
export function savePreference(
  choice: { readonly [Name in keyof Preferences]: Preferences[Name] | undefined },
): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...preferences(), ...choice }));
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
