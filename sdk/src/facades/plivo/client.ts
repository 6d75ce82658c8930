/** The vendor's client: names and shapes; what they do is done elsewhere. */
import type { Call } from '../../client/call.js';
import { version } from '../../client/platform.js';
import { bindMethods, EventEmitter, settable } from '../shared/event-emitter.js';
import type { AudioDevices } from './audio.js';
import { type CallView, DOMAIN } from './call-adapter.js';
import { ClientController, type ClientParts } from './client-controller.js';
import { debugLevel } from './console.js';
import { type ExtraHeaders, extraHeaders } from './extra-headers.js';
import { feedbackOf } from './feedback.js';
import { type AccessTokenGenerator, AccessTokenInterface, type ConnectionChange } from './login.js';
import { errorByNumber } from './login-errors.js';
import type { ConfigurationOptions, Settings } from './options.js';
import { type BrowserDetails, browserDetails } from './permission.js';
import type { ToneOption } from './tones.js';

/** What some pages read of the vendor's connection. @public */
export interface Phone {
  readonly configuration: { readonly hostport_params: string; readonly authorization_user: string };
  isConnected(): boolean;
  isRegistered(): boolean;
}

/** A page's phone. Made by `new Plivo(options).client`. @public */
export class Client extends EventEmitter {
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
  /** There is none: quality is reported over the one connection. */
  readonly statsSocket: null = null;
  readonly #controller: ClientController;

  /** @internal */
  constructor(options?: ConfigurationOptions, parts: ClientParts = {}) {
    super();
    const page = {
      emit: (event: string, ...values: unknown[]) => void this.emit(event, ...values),
      hasListeners: (event: string) => this.listenerCount(event) > 0,
    };
    this.#controller = new ClientController(options, page, parts);
    this.options = this.#controller.settings;
    this.audio = this.#controller.audio;
    bindMethods(this, EventEmitter.prototype);
    settable(this, EventEmitter.prototype);
  }

  /** Whether a user is logged in; also while the connection is lost for a moment. */
  get isLoggedIn(): boolean {
    return this.#controller.login.client !== undefined;
  }

  /** Who is logged in, or is about to be. */
  get userName(): string | null {
    return this.#controller.login.userName;
  }

  /** Whether that was by an access token. */
  get isAccessToken(): boolean {
    return this.#controller.login.usesToken;
  }

  /** Whether the access token lets calls come; false without one. */
  get isIncomingGrant(): boolean {
    return this.#controller.login.grants?.incoming ?? false;
  }

  /** Whether the access token lets calls be made; false without one. */
  get isOutgoingGrant(): boolean {
    return this.#controller.login.grants?.outgoing ?? false;
  }

  /** Whether the microphone is asked for at the first call only. */
  get permOnClick(): boolean {
    return this.options.permOnClick;
  }

  /** The last `onConnectionChange`. */
  get connectionInfo(): ConnectionChange {
    return this.#controller.login.state;
  }

  /** The active call, of our own SDK; it has the connection. */
  get callSession(): Call | null {
    return this.#controller.calls.current?.call ?? null;
  }

  /** The description of that call. */
  get _currentSession(): CallView | null {
    return this.#controller.calls.current?.view() ?? null;
  }

  /** The id of that call. */
  get callUUID(): string | null {
    return this.getCallUUID();
  }

  /** The direction of that call. */
  get callDirection(): 'incoming' | 'outgoing' | null {
    return this.#controller.calls.current?.constants.direction ?? null;
  }

  /** The id of the call that was answered last. */
  get lastCallUUID(): string | null {
    return this.getLastCallUUID();
  }

  /** The calls that ring here, by their ids. */
  get incomingInvites(): Map<string, CallView> {
    const ringing = [...this.#controller.calls.ringing];
    return new Map(ringing.map(([id, adapter]) => [id, adapter.view()]));
  }

  /** What some pages read of the vendor's connection; null before a log-in. */
  get phone(): Phone | null {
    if (!this.isLoggedIn) return null;
    return {
      configuration: { hostport_params: DOMAIN, authorization_user: this.userName ?? '' },
      isConnected: () => this.isConnected(),
      isRegistered: () => this.isRegistered(),
    };
  }

  /** The element that plays the remote audio. */
  get remoteView(): HTMLAudioElement | null {
    return this.#controller.calls.current?.call?.element ?? null;
  }

  /** The elements that play our own sounds. */
  get ringToneView(): HTMLAudioElement {
    return this.#controller.kit.sounds.element('incoming');
  }

  get ringBackToneView(): HTMLAudioElement {
    return this.#controller.kit.sounds.element('ringing');
  }

  get connectToneView(): HTMLAudioElement {
    return this.#controller.kit.sounds.element('connecting');
  }

  /** The id of the active call. */
  getCallUUID(): string | null {
    return this.#controller.calls.uuid;
  }

  /** The id of the call that was answered last, for feedback. */
  getLastCallUUID(): string | null {
    return this.#controller.calls.lastAnswered;
  }

  /** The calls that ring here. */
  getIncomingCalls(): CallView[] {
    return [...this.#controller.calls.ringing.values()].map((adapter) => adapter.view());
  }

  /** The connection of the call. */
  getPeerConnection(): { status: string; pc: RTCPeerConnection | null } {
    const call = this.#controller.calls.current?.call;
    return call
      ? { status: 'success', pc: call.connection }
      : { status: 'called in wrong state', pc: null };
  }

  /** Whether a user is logged in and the server can be reached. */
  isRegistered(): boolean {
    return this.isLoggedIn && this.isConnected();
  }

  /** Whether the WebSocket is open. */
  isConnected(): boolean {
    return this.#controller.login.connected;
  }

  /** Whether the WebSocket is being opened. */
  isConnecting(): boolean {
    return this.#controller.login.connecting;
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
    return this.#controller.login.expiresAt;
  }

  /** Logs in by an endpoint's name and password. False when they are invalid; `onLoginFailed` carries the reason. */
  login(username: string, password: string): boolean {
    return this.#controller.login.withPassword(username, password);
  }

  /** Logs in by an access token. */
  loginWithAccessToken(accessToken: string): boolean {
    return this.#controller.login.withAccessToken(accessToken);
  }

  /** Logs in by tokens that are asked for when one is needed: now, and a minute before one expires. */
  loginWithAccessTokenGenerator(accessTokenObject: AccessTokenGenerator | null): boolean {
    return this.#controller.login.withGenerator(accessTokenObject);
  }

  /** The name of an error of access tokens, by its number. */
  getErrorStringByErrorCodes(errorCode: number): string {
    return errorByNumber(errorCode);
  }

  /** Sets the time that `getTokenExpiryTimeInEpoch` gives. */
  setExpiryTimeInEpoch(timeInEpoch: number): void {
    this.#controller.login.expiresAt = timeInEpoch;
  }

  /** Logs out; a call ends before. False without a log-in. */
  logout(): boolean {
    return this.#controller.login.logout();
  }

  /** Makes a call. False when that cannot be done now. */
  call(number: string | number, headers?: ExtraHeaders): boolean {
    const { login, calls, log } = this.#controller;
    const { client } = login;
    const to = String(number ?? '')
      .replace(/\s+/g, '')
      .replace(/^sips?:/i, (scheme) => scheme.toLowerCase());
    if (!client) {
      log.warn('Log in before you call');
      return false;
    }
    if (client.identity?.outgoing === false) {
      this.emit('onPermissionDenied', 'INVALID_ACCESS_TOKEN_GRANTS');
      return false;
    }
    if (to === '' || calls.current || calls.ringing.size > 0) {
      log.warn(to === '' ? 'The number to call is empty' : 'There is a call already');
      return false;
    }
    const drop = (name: string): void => log.warn(`The header ${name} is left out`);
    calls.dial(client, to, extraHeaders(headers, drop));
    return true;
  }

  /**
   * Accepts an incoming call; the active call is hung up.
   *
   * @param callUUID - Without it, the latest.
   * @param actionOnOtherIncomingCalls - `reject` (the default), `ignored` or `letring`.
   * @returns False when there is no such call or no such action.
   */
  answer(callUUID?: string | null, actionOnOtherIncomingCalls?: string): boolean {
    return this.#controller.calls.answer(callUUID, actionOnOtherIncomingCalls);
  }

  /** Ends the active call. False when there is none. */
  hangup(): boolean {
    return this.#controller.calls.hangup();
  }

  /** Declines an incoming call; the latest, if none is named that there is. False when there is none. */
  reject(callUUID?: string): boolean {
    return this.#controller.calls.decline('reject', callUUID);
  }

  /** Stops the ringing here, while the caller's side rings on. As `reject`. */
  ignore(callUUID?: string): boolean {
    return this.#controller.calls.decline('ignore', callUUID);
  }

  /** Sends one digit: `0` to `9`, `*` or `#`. */
  sendDtmf(digit: string | number): void {
    this.#controller.calls.sendDigit(digit);
  }

  /** Mutes the microphone. False when there is no call: then the next one begins muted. */
  mute(): boolean {
    return this.#controller.calls.mute(true);
  }

  /** Unmutes the microphone. */
  unmute(): boolean {
    return this.#controller.calls.mute(false);
  }

  /** The sound of incoming calls: the built-in one, none, or a file's address. */
  setRingTone(val: ToneOption): boolean {
    this.#controller.tones.ring(val);
    return true;
  }

  /** The sound while an outgoing call rings; with `false`, early media is audible. */
  setRingToneBack(val: ToneOption): boolean {
    this.#controller.tones.ringBack(val);
    return true;
  }

  /** The sound before an outgoing call rings. */
  setConnectTone(val: ToneOption): boolean {
    this.#controller.tones.connect(val);
    return true;
  }

  /** Which sound a key makes here. */
  setDtmfTone(digit: string | number, val: ToneOption): boolean {
    this.#controller.tones.key(digit, val);
    return true;
  }

  /** Sets what is written on the console: OFF, ERROR, WARN, INFO, DEBUG or ALL. */
  setDebug(debug: string): void {
    const { log } = this.#controller;
    const level = debugLevel(debug);
    if (level) {
      log.level = level;
      this.options.debug = level;
    } else log.error(`There is no level ${debug}`);
  }

  /** Takes noise out of the microphone. False when that is not possible now, or is done already. */
  startNoiseReduction(): Promise<boolean> {
    return this.#reduceNoise(true);
  }

  /** Leaves the noise in. False when it is in already. */
  stopNoiseReduction(): Promise<boolean> {
    return this.#reduceNoise(false);
  }

  /**
   * Sends a user's feedback on a call. Rejects with a sentence when a part of it is invalid.
   *
   * @param callUUID - From `getCallUUID` or `getLastCallUUID`.
   * @param starRating - 1 to 5.
   * @param issues - What was wrong; needed from 1 to 4.
   * @param note - At most 280 letters.
   * @param sendConsoleLogs - Whether the SDK's own last lines go along.
   */
  async submitCallQualityFeedback(
    callUUID: string | null,
    starRating: number | string,
    issues?: string[] | null,
    note?: string,
    sendConsoleLogs: boolean = false,
  ): Promise<string> {
    const { client } = this.#controller.login;
    if (!client) return Promise.reject('username not found');
    const opinion = feedbackOf({ callUUID, starRating, issues, note, sendConsoleLogs });
    if (typeof opinion === 'string') return Promise.reject(opinion);
    try {
      await client.feedback(opinion.callId, opinion.feedback);
    } catch (error) {
      return Promise.reject((error as Error).message);
    }
    return sendConsoleLogs === true ? 'Feedback is sent with console logs' : 'Feedback is sent';
  }

  async #reduceNoise(on: boolean): Promise<boolean> {
    const { noise } = this.#controller.kit;
    if (!this.options.enableNoiseReduction || !noise.ready) return false;
    try {
      return await (on ? noise.start() : noise.stop());
    } catch (error) {
      this.#controller.log.warn(`Noise reduction: ${(error as Error).message}`);
      return false;
    }
  }
}

/** Makes a client. Each one is a phone of its own. @public */
export class Plivo {
  /** The phone. */
  readonly client: Client;

  /** @param options - All of them have defaults; what makes no sense is logged and left out. */
  constructor(options?: ConfigurationOptions) {
    this.client = new Client(options);
  }
}
