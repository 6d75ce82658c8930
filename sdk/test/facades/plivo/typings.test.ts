/** Code that was written for the vendor's typings compiles, and runs where there is no page. */
import { expect, test } from 'vitest';
import DefaultPlivo, {
  type CallInfo,
  type Client,
  type ConfiguationOptions,
  type ExtraHeaders,
  Plivo,
} from '../../../src/facades/plivo/index.js';

const options: ConfiguationOptions = {
  debug: 'ALL',
  permOnClick: true,
  codecs: ['OPUS', 'PCMU'],
  audioConstraints: { echoCancellation: true },
  enableTracking: true,
  enableQualityTracking: 'REMOTEONLY',
  closeProtection: false,
  dscp: true,
  appId: null,
  appSecret: null,
  enableIPV6: false,
  registrationDomainSocket: null,
  clientRegion: null,
  preDetectOwa: false,
  disableRtpTimeOut: false,
  allowMultipleIncomingCalls: true,
  maxAverageBitrate: 48_000,
  useDefaultAudioDevice: false,
  registrationRefreshTimer: 120,
  enableNoiseReduction: false,
  usePlivoStunServer: true,
  dtmfOptions: { sendDtmfType: ['INBAND', 'OUTBAND'] },
  noiseReductionFilePath: '',
};

/** What a page does with the vendor's client, as the vendor's types allow it. */
function use(client: Client): (string | null | boolean)[] {
  const headers: ExtraHeaders = { 'X-PH-Test1': 'test1' };
  client.on('onIncomingCall', (_caller: string, _headers: ExtraHeaders, call: CallInfo) => {
    client.answer(call.callUUID, 'letring');
  });
  client.once('onCallFailed', (cause: string, call?: CallInfo) => [cause, call?.state, call?.code]);
  client.on('mediaMetrics', (metric: { type: string; active: boolean }) => metric.type);
  client.removeListener('onLogin', () => undefined);
  const said: Promise<string> = client.submitCallQualityFeedback('id', '5', ['ECHO'], '', false);
  said.catch(() => undefined);
  const devices: Promise<MediaDeviceInfo[]> = client.audio.availableDevices('input');
  devices.catch(() => undefined);
  client.audio.speakerDevices.set('default');
  const { pc }: { status: string; pc: RTCPeerConnection | null } = client.getPeerConnection();
  client.sendDtmf(1);
  client.setRingTone('https://page.example/ring.mp3');
  client.setConnectTone(false);
  client.setDebug('INFO');
  const element: HTMLElement | null = client.audio.ringtoneDevices.media();
  return [
    client.login('', ''),
    client.call('bob', headers),
    client.hangup(),
    client.reject('id'),
    client.ignore('id'),
    client.mute(),
    client.isLoggedIn,
    client.getCallUUID(),
    client.browserDetails.browser,
    pc === null && element === null,
  ];
}

test('a client can be created without a page, and does nothing', () => {
  expect(DefaultPlivo).toBe(Plivo);
  const { client } = new Plivo({ ...options, debug: 'OFF' });
  expect(typeof use).toBe('function');
  expect(client.webRTC()).toBe(false);
  expect(client.browserDetails.version).toEqual(expect.any(Number));
});
