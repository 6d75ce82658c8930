/** The parts of one client, joined: connection, calls, measurements, and the events for the page. */
import { AudioKit } from '../../client/audio-kit.js';
import { connect } from '../../client/connect.js';
import type { ConnectOptions } from '../../client/options.js';
import { guardUnload } from '../../client/unload-guard.js';
import type { Connect } from '../shared/servers.js';
import { Audio, devicesChanged } from './audio.js';
import type { CallAdapter } from './call-adapter.js';
import { Calls, type CallsEvents } from './calls.js';
import { serverUrls } from './connection.js';
import { Console } from './console.js';
import { Login } from './login.js';
import { Metrics } from './metrics.js';
import {
  type ClientContext,
  type ConfigurationOptions,
  type Settings,
  settingsOf,
  standardConstraints,
  tracking,
} from './options.js';
import { ask, canCall, permission } from './permission.js';
import { SOUNDS, Tones } from './tones.js';
import { Volume } from './volume.js';

/** What tests replace. */
export interface ClientParts {
  readonly connect?: Connect;
  readonly kit?: AudioKit;
}

/** The page's listeners. */
export interface PageEvents {
  emit(event: string, ...values: unknown[]): void;
  hasListeners(event: string): boolean;
}

/** One client. */
export class ClientController implements ClientContext {
  readonly settings: Settings;
  readonly log: Console;
  readonly kit: AudioKit;
  readonly audio: Audio;
  readonly calls: Calls;
  readonly login: Login;
  readonly tones: Tones;
  readonly #page: PageEvents;
  readonly #queued: [string, ...unknown[]][] = [];
  readonly #measured: Map<CallAdapter, readonly { close(): void }[]> = new Map();

  constructor(options: ConfigurationOptions | undefined, page: PageEvents, parts: ClientParts) {
    this.#page = page;
    this.log = new Console('INFO');
    this.settings = settingsOf(options, this.log);
    this.log.level = this.settings.debug;
    this.kit = parts.kit ?? this.#makeKit();
    const { devices, sounds, noise } = this.kit;
    this.tones = new Tones(sounds);
    this.audio = new Audio(this);
    this.calls = new Calls(this, this.#callsEvents());
    const settings = {
      connect: parts.connect ?? connect,
      servers: () => serverUrls(this.settings),
      options: () => this.#connectOptions(),
    };
    this.login = new Login(this, settings, {
      incoming: (call, client) => this.calls.receive(call, client),
      busy: () => this.calls.current !== undefined,
      loggingOut: () => this.calls.hangUpAll(),
    });
    devices.on('change', (change) => void devicesChanged(change, this.audio, this));
    noise.on('ready', () => this.emit('onNoiseReductionReady'));
    guardUnload(this.kit.platform.page, () => this.settings.closeProtection && this.#inCall());
    // A page that is left ends its call, even if the browser keeps the page.
    this.kit.platform.page?.addEventListener('pagehide', () => void this.calls.hangup());
    // A page adds its listeners right after it has created the client.
    this.kit.platform.timers.after(0, () => void this.#start());
  }

  /** Emits an event to the page, after the queued ones. */
  readonly emit: ClientContext['emit'] = (event, ...values) => {
    this.#flush();
    this.#page.emit(event, ...values);
  };

  /** Where the vendor emits after a round trip, pages add their listeners after the call. */
  readonly emitLater: ClientContext['emitLater'] = (...change) => {
    this.#queued.push(change);
    this.kit.platform.timers.after(0, () => this.#flush());
  };

  hasListeners(event: string): boolean {
    return this.#page.hasListeners(event);
  }

  #flush(): void {
    for (const [event, ...values] of this.#queued.splice(0)) this.#page.emit(event, ...values);
  }

  /** Whether there is a pending or active call. */
  #inCall(): boolean {
    return this.calls.current !== undefined || this.calls.ringing.size > 0;
  }

  async #start(): Promise<void> {
    if (!canCall()) {
      this.log.error('This browser cannot make calls on this page');
      this.emit('onWebrtcNotSupported');
      return;
    }
    if (this.settings.enableNoiseReduction) {
      this.kit.noise.load().catch((error) => {
        this.log.warn(`Noise reduction was not loaded: ${error.message}`);
      });
    }
    if (this.settings.permOnClick) {
      this.emit('onMediaPermission', { status: 'success', stream: false });
      return;
    }
    this.emit('onMediaPermission', await ask(this.kit.devices));
    await this.audio.refresh();
  }

  #makeKit(): AudioKit {
    const { audioConstraints, noiseReductionFilePath: path } = this.settings;
    if (path && !path.endsWith('/')) {
      this.log.warn('noiseReductionFilePath must be a folder here; our own files are used');
    }
    return new AudioKit({
      microphone: standardConstraints(audioConstraints),
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
      // The vendor's pages cannot resume calls that they have not begun.
      surviveReload: false,
      log: this.log.sink,
      logLevel: 'debug',
    };
  }

  #callsEvents(): CallsEvents {
    return {
      noMicrophone: (error) => this.emit('onMediaPermission', permission(error)),
      ringing: ({ call }) => {
        if (call) this.tones.ringing(call);
      },
      answered: (adapter) => {
        this.tones.over(adapter.call);
        this.#measure(adapter);
      },
      ended: (adapter) => {
        if (adapter.constants.direction === 'outgoing') this.tones.over(adapter.call);
        for (const each of this.#measured.get(adapter) ?? []) each.close();
        this.#measured.delete(adapter);
      },
    };
  }

  #measure(adapter: CallAdapter): void {
    const { call } = adapter;
    if (!call) return;
    const volume = new Volume(call, this);
    const metrics = tracking(this.settings).local && new Metrics(call, this);
    this.#measured.set(adapter, metrics ? [volume, metrics] : [volume]);
  }
}
