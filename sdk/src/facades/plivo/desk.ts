/** What one client is made of, joined: its line, its calls, what is measured of them, what the page is told. */
import { AudioKit } from '../../client/audio-kit.js';
import { connect } from '../../client/connect.js';
import type { ConnectOptions } from '../../client/options.js';
import { Audio } from './audio.js';
import { Calls, type CallsWorld } from './calls.js';
import { protectFromClosing } from './close-protection.js';
import { Console } from './console.js';
import { modern } from './constraints.js';
import { devicesChanged } from './device-changes.js';
import type { Connect } from './line.js';
import { Login } from './login.js';
import { Metrics } from './metrics.js';
import { type ConfigurationOptions, type Settings, settingsOf, tracking } from './options.js';
import { ask, canCall, permission } from './permission.js';
import { places } from './place.js';
import type { Talk } from './talk.js';
import { SOUNDS, Tones } from './tones.js';
import { Volume } from './volume.js';

/** What tests put in place of the world. */
export interface DeskParts {
  readonly connect?: Connect;
  readonly kit?: AudioKit;
}

/** How the desk tells the page. */
export interface Page {
  emit(event: string, ...values: unknown[]): void;
  heard(event: string): boolean;
}

/** One client. */
export class Desk {
  readonly settings: Settings;
  readonly log: Console;
  readonly kit: AudioKit;
  readonly audio: Audio;
  readonly calls: Calls;
  readonly login: Login;
  readonly tones: Tones;
  readonly #page: Page;
  readonly #later: [string, ...unknown[]][] = [];
  readonly #measured: Map<Talk, readonly { close(): void }[]> = new Map();

  constructor(options: ConfigurationOptions | undefined, page: Page, parts: DeskParts) {
    this.#page = page;
    this.log = new Console('INFO');
    this.settings = settingsOf(options, this.log);
    this.log.level = this.settings.debug;
    this.kit = parts.kit ?? this.#makeKit();
    const { devices, sounds, noise } = this.kit;
    this.tones = new Tones(sounds);
    this.audio = new Audio({
      devices,
      sounds,
      log: this.log,
      asked: (error) => this.#tell('onMediaPermission', permission(error)),
    });
    this.calls = new Calls(this.#callsWorld());
    this.login = new Login({
      connect: parts.connect ?? connect,
      places: () => places(this.settings),
      options: () => this.#connectOptions(),
      timers: this.kit.platform.timers,
      tell: (event, ...values) => this.#tell(event, ...values),
      tellLater: (event, ...values) => this.#tellLater(event, ...values),
      incoming: (call, client) => this.calls.ring(call, client),
      busy: () => this.calls.current !== undefined,
      leaving: () => this.calls.hangUpAll(),
      log: this.log,
    });
    devices.on('change', (change) => {
      const useDefault = this.settings.useDefaultAudioDevice;
      const tell = (told: unknown): void => this.#tell('audioDeviceChange', told);
      void devicesChanged(change, { audio: this.audio, useDefault, tell });
    });
    noise.on('ready', () => this.#tell('onNoiseReductionReady'));
    protectFromClosing(() => this.settings.closeProtection && this.#inCall());
    // A page that is left ends its call, even if the browser keeps the page.
    this.kit.platform.page?.addEventListener('pagehide', () => void this.calls.hangup());
    // Whoever makes a client adds listeners right after.
    this.kit.platform.timers.after(0, () => void this.#begin());
  }

  /** Tells the page, after what is still to be told. */
  #tell(event: string, ...values: unknown[]): void {
    this.#tellNow();
    this.#page.emit(event, ...values);
  }

  /** Where the vendor tells after a round trip, pages add their listeners after the call. */
  #tellLater(...told: [event: string, ...values: unknown[]]): void {
    this.#later.push(told);
    this.kit.platform.timers.after(0, () => this.#tellNow());
  }

  #tellNow(): void {
    for (const [event, ...values] of this.#later.splice(0)) this.#page.emit(event, ...values);
  }

  /** Whether there is a call that rings or talks. */
  #inCall(): boolean {
    return this.calls.current !== undefined || this.calls.ringing.size > 0;
  }

  async #begin(): Promise<void> {
    if (!canCall()) {
      this.log.error('This browser cannot make calls on this page');
      this.#tell('onWebrtcNotSupported');
      return;
    }
    if (this.settings.enableNoiseReduction) {
      this.kit.noise.load().catch((error) => {
        this.log.warn(`Noise reduction was not loaded: ${error.message}`);
      });
    }
    if (this.settings.permOnClick) {
      this.#tell('onMediaPermission', { status: 'success', stream: false });
      return;
    }
    this.#tell('onMediaPermission', await ask(this.kit.devices));
    await this.audio.look();
  }

  #makeKit(): AudioKit {
    const { audioConstraints, noiseReductionFilePath: path } = this.settings;
    if (path && !path.endsWith('/')) {
      this.log.warn('noiseReductionFilePath must be a folder here; our own files are used');
    }
    return new AudioKit({
      microphone: modern(audioConstraints),
      sounds: SOUNDS,
      log: this.log.sink,
      logLevel: 'debug',
      ...(path.endsWith('/') && { noiseReduction: { url: path } }),
    });
  }

  #connectOptions(): ConnectOptions {
    const { codecs, dscp, maxAverageBitrate } = this.settings;
    return {
      audio: this.kit,
      codecs: codecs.map((name) => (name === 'OPUS' ? 'opus' : name)),
      highPriority: dscp,
      maxAverageBitrate,
      insights: tracking(this.settings).remote,
      // Pages of the vendor do not know calls that they have not begun.
      surviveReload: false,
      log: this.log.sink,
      logLevel: 'debug',
    };
  }

  #callsWorld(): CallsWorld {
    return {
      settings: this.settings,
      log: this.log,
      tell: (event, ...values) => this.#tell(event, ...values),
      tellLater: (event, ...values) => this.#tellLater(event, ...values),
      noMicrophone: (error) => this.#tell('onMediaPermission', permission(error)),
      ringing: ({ call }) => {
        if (call) this.tones.ringing(call);
      },
      answered: (talk) => {
        this.tones.over(talk.call);
        this.#measure(talk);
      },
      over: (talk) => {
        if (talk.constants.direction === 'outgoing') this.tones.over(talk.call);
        for (const each of this.#measured.get(talk) ?? []) each.close();
        this.#measured.delete(talk);
      },
    };
  }

  #measure(talk: Talk): void {
    const { call } = talk;
    if (!call) return;
    const { timers } = this.kit.platform;
    const volume = new Volume(call, {
      timers,
      sound: this.kit.sound,
      heard: () => this.#page.heard('volume'),
      tell: (stats) => this.#tell('volume', stats),
    });
    const metrics =
      tracking(this.settings).local &&
      new Metrics(call, {
        timers,
        preDetectOwa: this.settings.preDetectOwa,
        tell: (metric) => this.#tell('mediaMetrics', metric),
      });
    this.#measured.set(talk, metrics ? [volume, metrics] : [volume]);
  }
}
