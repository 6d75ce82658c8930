/** What pages read of the vendor's client: who is logged in, which calls there are, what plays them. */
import type { Call } from '../../client/call.js';
import { version } from '../../client/platform.js';
import { EventEmitter } from '../../core/event-emitter.js';
import { settable } from '../../core/settable.js';
import type { AudioDevices } from './audio.js';
import { type CallView, DOMAIN } from './call-view.js';
import { Desk, type DeskParts } from './desk.js';
import type { AccessTokenGenerator, ConnectionChange } from './login.js';
import type { ConfigurationOptions, Settings } from './options.js';
import { type BrowserDetails, browserDetails } from './permission.js';

/** What some pages read of the vendor's connection. @public */
export interface Phone {
  readonly configuration: { readonly hostport_params: string; readonly authorization_user: string };
  isConnected(): boolean;
  isRegistered(): boolean;
}

/** Something that gives tokens; pages extend it. @public */
export abstract class AccessTokenInterface implements AccessTokenGenerator {
  /** Gives a token that is valid now. */
  abstract getAccessToken(): string | Promise<string>;
}

/** What pages read of their client. @public */
export class Glance extends EventEmitter {
  /** This SDK's version. */
  readonly version: string = version;
  /** The browser's name and version. */
  readonly browserDetails: BrowserDetails = browserDetails();
  /** The options, as they hold. */
  readonly options: Settings;
  /** The sound devices. */
  readonly audio: AudioDevices;
  /** To be extended by what gives tokens. */
  readonly accessTokenInterface: typeof AccessTokenInterface = AccessTokenInterface;
  /** There is none: what is told of quality goes over the one connection. */
  readonly statsSocket: null = null;
  /** @internal */
  protected readonly desk: Desk;

  /** @internal */
  constructor(options?: ConfigurationOptions, parts: DeskParts = {}) {
    super();
    const page = {
      emit: (event: string, ...values: unknown[]) => void this.emit(event, ...values),
      heard: (event: string) => this.listenerCount(event) > 0,
    };
    this.desk = new Desk(options, page, parts);
    this.options = this.desk.settings;
    this.audio = this.desk.audio;
    bindMethods(this);
    settable(this, EventEmitter.prototype);
  }

  /** Whether somebody is logged in; also while the connection is away for a moment. */
  get isLoggedIn(): boolean {
    return this.desk.login.client !== undefined;
  }

  /** Who is logged in, or is about to be. */
  get userName(): string | null {
    return this.desk.login.userName;
  }

  /** Whether that was by an access token. */
  get isAccessToken(): boolean {
    return this.desk.login.byToken;
  }

  /** Whether the access token lets calls come; false without one. */
  get isIncomingGrant(): boolean {
    return this.desk.login.grants?.incoming ?? false;
  }

  /** Whether the access token lets calls be made; false without one. */
  get isOutgoingGrant(): boolean {
    return this.desk.login.grants?.outgoing ?? false;
  }

  /** Whether the microphone is asked for at the first call only. */
  get permOnClick(): boolean {
    return this.options.permOnClick;
  }

  /** What was told of the connection last. */
  get connectionInfo(): ConnectionChange {
    return this.desk.login.state;
  }

  /** The call that talks or is being made, of our own SDK; it has the connection. */
  get callSession(): Call | null {
    return this.desk.calls.current?.call ?? null;
  }

  /** The description of that call. */
  get _currentSession(): CallView | null {
    return this.desk.calls.current?.view() ?? null;
  }

  /** The id of that call. */
  get callUUID(): string | null {
    return this.getCallUUID();
  }

  /** The direction of that call. */
  get callDirection(): 'incoming' | 'outgoing' | null {
    return this.desk.calls.current?.constants.direction ?? null;
  }

  /** The id of the call that was answered last. */
  get lastCallUUID(): string | null {
    return this.getLastCallUUID();
  }

  /** The calls that ring here, by their ids. */
  get incomingInvites(): Map<string, CallView> {
    const ringing = [...this.desk.calls.ringing];
    return new Map(ringing.map(([id, talk]) => [id, talk.view()]));
  }

  /** What some pages read of the vendor's connection; null when nobody is logged in. */
  get phone(): Phone | null {
    if (!this.isLoggedIn) return null;
    return {
      configuration: { hostport_params: DOMAIN, authorization_user: this.userName ?? '' },
      isConnected: () => this.isConnected(),
      isRegistered: () => this.isRegistered(),
    };
  }

  /** The element that plays the far end. */
  get remoteView(): HTMLAudioElement | null {
    return this.desk.calls.current?.call?.element ?? null;
  }

  /** The elements that play our own sounds. */
  get ringToneView(): HTMLAudioElement {
    return this.desk.kit.sounds.element('incoming');
  }

  get ringBackToneView(): HTMLAudioElement {
    return this.desk.kit.sounds.element('ringing');
  }

  get connectToneView(): HTMLAudioElement {
    return this.desk.kit.sounds.element('connecting');
  }

  /** The id of the call that talks or is being made. */
  getCallUUID(): string | null {
    return this.desk.calls.uuid;
  }

  /** The id of the call that was answered last, for feedback. */
  getLastCallUUID(): string | null {
    return this.desk.calls.lastAnswered;
  }

  /** The calls that ring here. */
  getIncomingCalls(): CallView[] {
    return [...this.desk.calls.ringing.values()].map((talk) => talk.view());
  }

  /** The connection of the call. */
  getPeerConnection(): { status: string; pc: RTCPeerConnection | null } {
    const call = this.desk.calls.current?.call;
    return call
      ? { status: 'success', pc: call.connection }
      : { status: 'called in wrong state', pc: null };
  }

  /** Whether the server can be reached and has let somebody in. */
  isRegistered(): boolean {
    return this.isLoggedIn && this.isConnected();
  }

  /** Whether the WebSocket is open. */
  isConnected(): boolean {
    return this.desk.login.connected;
  }

  /** Whether the WebSocket is being opened. */
  isConnecting(): boolean {
    return this.desk.login.connecting;
  }

  /** Whether this browser knows WebRTC. */
  webRTC(): boolean {
    return typeof RTCPeerConnection === 'function';
  }

  /** The browsers that are supported. */
  supportedBrowsers(): string {
    return 'Chrome, Firefox, Safari, Edge';
  }

  /** When the access token expires, in milliseconds since 1970; null when it never does. */
  getTokenExpiryTimeInEpoch(): number | null {
    return this.desk.login.expiresAt;
  }
}

/**
 * Pages pass the vendor's methods around without their object, as in `onClick={client.hangup}`; their tests put
 * methods of their own in place of ours.
 */
function bindMethods(client: object): void {
  let level: unknown = Object.getPrototypeOf(client);
  while (typeof level === 'object' && level !== null && level !== EventEmitter.prototype) {
    for (const [name, { value: method }] of Object.entries(
      Object.getOwnPropertyDescriptors(level),
    )) {
      if (typeof method !== 'function' || name === 'constructor') continue;
      const value = method.bind(client);
      Object.defineProperty(client, name, { value, configurable: true, writable: true });
    }
    level = Object.getPrototypeOf(level);
  }
}
