/** The vendor's client: names and shapes; what they do is done elsewhere. */
import { debugLevel } from './console.js';
import { type ExtraHeaders, extraHeaders } from './extra-headers.js';
import { opinionOf } from './feedback.js';
import { Glance } from './glance.js';
import type { AccessTokenGenerator } from './login.js';
import { errorByNumber } from './login-words.js';
import type { ToneWish } from './tones.js';

/** A page's phone. Made by `new Plivo(options).client`. @public */
export class Client extends Glance {
  /** Logs in by an endpoint's name and password. False when that makes no sense; `onLoginFailed` says why. */
  login(username: string, password: string): boolean {
    return this.desk.login.byPassword(username, password);
  }

  /** Logs in by an access token. */
  loginWithAccessToken(accessToken: string): boolean {
    return this.desk.login.byAccessToken(accessToken);
  }

  /** Logs in by tokens that are asked for when one is needed: now, and a minute before one expires. */
  loginWithAccessTokenGenerator(accessTokenObject: AccessTokenGenerator | null): boolean {
    return this.desk.login.byGenerator(accessTokenObject);
  }

  /** The name of an error of access tokens, by its number. */
  getErrorStringByErrorCodes(errorCode: number): string {
    return errorByNumber(errorCode);
  }

  /** Says when it expires, to be read again. */
  setExpiryTimeInEpoch(timeInEpoch: number): void {
    this.desk.login.expiresAt = timeInEpoch;
  }

  /** Logs out; a call ends before. False when nobody is logged in. */
  logout(): boolean {
    return this.desk.login.leave();
  }

  /** Calls somebody. False when that cannot be done now. */
  call(number: string | number, headers?: ExtraHeaders): boolean {
    const { login, calls, log } = this.desk;
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
      log.warn(to === '' ? 'There is nobody to call' : 'There is a call already');
      return false;
    }
    const drop = (name: string): void => log.warn(`The header ${name} is left out`);
    calls.dial(client, to, extraHeaders(headers, drop));
    return true;
  }

  /**
   * Takes an incoming call; a call that talks is hung up.
   *
   * @param callUUID - Without it, the latest.
   * @param actionOnOtherIncomingCalls - `reject` (the default), `ignored` or `letring`.
   * @returns False when there is no such call or no such action.
   */
  answer(callUUID?: string | null, actionOnOtherIncomingCalls?: string): boolean {
    return this.desk.calls.answer(callUUID, actionOnOtherIncomingCalls);
  }

  /** Ends the call that talks or is being made. False when there is none. */
  hangup(): boolean {
    return this.desk.calls.hangup();
  }

  /** Declines an incoming call; the latest, if none is named that there is. False when there is none. */
  reject(callUUID?: string): boolean {
    return this.desk.calls.turnAway('reject', callUUID);
  }

  /** Stops the ringing here, while the caller hears it ring on. As `reject`. */
  ignore(callUUID?: string): boolean {
    return this.desk.calls.turnAway('ignore', callUUID);
  }

  /** Presses one key: `0` to `9`, `*` or `#`. */
  sendDtmf(digit: string | number): void {
    this.desk.calls.press(digit);
  }

  /** Shuts the microphone. False when there is no call: then the next one begins like that. */
  mute(): boolean {
    return this.desk.calls.mute(true);
  }

  /** Opens the microphone. */
  unmute(): boolean {
    return this.desk.calls.mute(false);
  }

  /** Which sound those who call make: ours, none, or a file's address. */
  setRingTone(val: ToneWish): boolean {
    this.desk.tones.ring(val);
    return true;
  }

  /** Which sound is made while it rings at the other end; with `false`, what the server sends is heard. */
  setRingToneBack(val: ToneWish): boolean {
    this.desk.tones.ringBack(val);
    return true;
  }

  /** Whether a sound is made before it rings at the other end. */
  setConnectTone(val: ToneWish): boolean {
    this.desk.tones.connect(val);
    return true;
  }

  /** Which sound a key makes here. */
  setDtmfTone(digit: string | number, val: ToneWish): boolean {
    this.desk.tones.key(digit, val);
    return true;
  }

  /** What is written on the console: OFF, ERROR, WARN, INFO, DEBUG or ALL. */
  setDebug(debug: string): void {
    const { log } = this.desk;
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
   * Says what somebody thinks of a call. Rejects with a sentence when something of it makes no sense.
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
    const { client } = this.desk.login;
    if (!client) return Promise.reject('username not found');
    const opinion = opinionOf({ callUUID, starRating, issues, note, sendConsoleLogs });
    if (typeof opinion === 'string') return Promise.reject(opinion);
    try {
      await client.feedback(opinion.callId, opinion.feedback);
    } catch (error) {
      return Promise.reject((error as Error).message);
    }
    return sendConsoleLogs === true ? 'Feedback is sent with console logs' : 'Feedback is sent';
  }

  async #reduceNoise(on: boolean): Promise<boolean> {
    const { noise } = this.desk.kit;
    if (!this.options.enableNoiseReduction || !noise.ready) return false;
    try {
      return await (on ? noise.start() : noise.stop());
    } catch (error) {
      this.desk.log.warn(`Noise reduction: ${(error as Error).message}`);
      return false;
    }
  }
}
