/** The devices of the browser as the vendor's pages see them: two maps that are kept up to date. */

/** Inputs and outputs by id. */
export class DeviceLists {
  readonly inputs: Map<string, MediaDeviceInfo> = new Map();
  readonly outputs: Map<string, MediaDeviceInfo> = new Map();
  readonly #list: () => Promise<MediaDeviceInfo[]>;

  constructor(list: () => Promise<MediaDeviceInfo[]>) {
    this.#list = list;
    void this.update();
  }

  /** Looks at what there is now. */
  async update(): Promise<void> {
    const all = await this.#list().catch(() => []);
    fill(this.inputs, all, 'audioinput');
    fill(this.outputs, all, 'audiooutput');
  }

  /** An input, looked for anew if it is not known yet: ids come with the permission. */
  async input(deviceId: string): Promise<MediaDeviceInfo | undefined> {
    if (!this.inputs.has(deviceId)) await this.update();
    return this.inputs.get(deviceId);
  }
}

function fill(
  known: Map<string, MediaDeviceInfo>,
  all: readonly MediaDeviceInfo[],
  kind: MediaDeviceKind,
): void {
  known.clear();
  for (const device of all) {
    // Before the person has let the page use a device, browsers tell neither ids nor names.
    if (device.kind === kind && device.deviceId !== '') known.set(device.deviceId, device);
  }
}
