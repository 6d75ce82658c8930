/** Which microphone, speaker and ringer are used: a choice of each, a level and a tone to try them with. */

import { byId } from './elements.js';
import { announcePolitely, notify, showError, withdraw } from './notices.js';
import { type Preferences, preferences, savePreference } from './preferences.js';
import type { Call, Client, DeviceChange, OutputChoice } from './sdk.js';

const DEFAULT = 'System default';
/** What browsers call the devices that stand for others; the default has an entry of its own. */
const STANDING_FOR: readonly string[] = ['default', 'communications'];
const LOST = 'device-unplugged';

/** The panel of one client. */
export class DevicesPanel {
  readonly #client: Client;
  readonly #panel: HTMLDetailsElement = byId('sound', HTMLDetailsElement);
  readonly #end: AbortController = new AbortController();
  #stopLevel: (() => void) | undefined;

  constructor(client: Client) {
    this.#client = client;
    const { signal } = this.#end;
    const { devices } = client;
    this.#panel.addEventListener('toggle', () => void this.#toggled(), { signal });
    this.#choose('microphone', (id) => devices.useInput(id));
    for (const name of ['speaker', 'ringer'] as const) {
      const output: OutputChoice = devices[name];
      this.#choose(name, (id) => output.set(id ?? []));
      byId(`${name}-test`, HTMLButtonElement).addEventListener(
        'click',
        () => void output.test().catch((error) => showError(error, 'warn')),
        { signal },
      );
    }
    const stop = client.on('devices', (change) => this.#changed(change));
    signal.addEventListener('abort', stop);
    byId('outputs-fixed', HTMLElement).hidden = devices.canChooseOutput;
    void this.#again().then(() => this.#list());
    if (this.#panel.open) void this.#toggled();
  }

  /** The end of the last call closes the microphone: an open panel opens it again. */
  watch(call: Call): void {
    call.on('ended', () => {
      if (this.#client.calls.length > 0 || !this.#stopLevel) return;
      this.#level(false);
      this.#level(true);
    });
  }

  /** Removes all listeners. */
  close(): void {
    this.#level(false);
    this.#end.abort();
  }

  /** Applies the stored preferences, where the devices are still there. */
  async #again(): Promise<void> {
    const { devices } = this.#client;
    const { speaker, ringer } = preferences();
    // The microphone was given to the client when it was made, so that no call begins on another.
    await Promise.allSettled([
      speaker !== undefined && devices.speaker.set(speaker),
      ringer !== undefined && devices.ringer.set(ringer),
    ]);
  }

  async #toggled(): Promise<void> {
    if (!this.#panel.open) {
      this.#level(false);
      return;
    }
    try {
      // Browsers give the names of devices only with the permission for the microphone.
      const stream = await this.#client.devices.requestPermission();
      this.#level(this.#panel.open);
      for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      showError(error, 'warn');
    }
    await this.#list();
  }

  #level(wanted: boolean): void {
    this.#stopLevel?.();
    const bar = byId('microphone-level', HTMLElement);
    bar.style.setProperty('--level', '0');
    this.#stopLevel = wanted
      ? this.#client.devices.on('level', (level) =>
          bar.style.setProperty('--level', level.toFixed(3)),
        )
      : undefined;
  }

  #choose(name: 'microphone' | 'speaker' | 'ringer', use: (id?: string) => Promise<void>): void {
    const select = byId(name, HTMLSelectElement);
    select.addEventListener(
      'change',
      async () => {
        const id = select.value === '' ? undefined : select.value;
        try {
          await use(id);
          savePreference({ [name]: id } as Preferences);
          withdraw(LOST);
        } catch (error) {
          showError(error, 'warn');
        }
        // What could not be had is not shown as if it were used.
        await this.#list();
      },
      { signal: this.#end.signal },
    );
  }

  async #list(): Promise<void> {
    const { devices } = this.#client;
    const [inputs, outputs] = await Promise.all([devices.list('input'), devices.list('output')]);
    if (this.#end.signal.aborted) return;
    fill('microphone', inputs, devices.input);
    for (const name of ['speaker', 'ringer'] as const) {
      fill(name, outputs, devices[name].get()[0]);
      byId(name, HTMLSelectElement).disabled = !devices.canChooseOutput;
    }
  }

  #changed({ added, removed, lostInput, lostOutput }: DeviceChange): void {
    void this.#list();
    const names = (some: readonly MediaDeviceInfo[]): string =>
      [...new Set(some.map(({ label }) => label || 'A device'))].join(', ');
    if (lostInput || lostOutput) {
      const what =
        lostInput && lostOutput ? 'microphone and output' : lostInput ? 'microphone' : 'output';
      notify(
        LOST,
        `${names(removed)} was unplugged.`,
        `The system’s default ${what} takes over until it is back.`,
      );
    } else if (removed.length > 0) announcePolitely(`${names(removed)} was unplugged.`);
    if (added.length > 0) announcePolitely(`${names(added)} was plugged in.`);
    const { input, speaker, ringer } = this.#client.devices;
    const wanted = [input, ...speaker.get(), ...ringer.get()];
    if (added.some(({ deviceId }) => wanted.includes(deviceId))) withdraw(LOST);
  }
}

/** Shows the devices there are, and the chosen one even if it is not there. */
function fill(
  name: string,
  devices: readonly MediaDeviceInfo[],
  current: string | undefined,
): void {
  const real = devices.filter(({ deviceId }) => deviceId && !STANDING_FOR.includes(deviceId));
  const entries = real.map(({ deviceId, label }, index): [string, string] => [
    deviceId,
    label || `Device ${index + 1}`,
  ]);
  if (current && !real.some(({ deviceId }) => deviceId === current))
    entries.push([current, 'The one you chose (unplugged)']);
  byId(name, HTMLSelectElement).replaceChildren(
    new Option(DEFAULT, '', !current, !current),
    ...entries.map(([id, label]) => new Option(label, id, id === current, id === current)),
  );
}
