/** An application for Plivo's browser SDK; it has to compile against what the tarball ships. */
import Plivo, {
  AccessTokenInterface,
  type AudioDeviceChange,
  type AudioStats,
  type CallInfo,
  type Client,
  type ConfiguationOptions,
  type ConfigurationOptions,
  type ConnectionChange,
  type ExtraHeaders,
  type MediaMetric,
  type MediaPermission,
} from 'offhook/plivo';

// A dialler.
const options: ConfigurationOptions = {
  debug: 'DEBUG',
  permOnClick: true,
  codecs: ['OPUS', 'PCMU'],
  enableTracking: true,
  closeProtection: true,
  maxAverageBitrate: 48_000,
};
const misspelled: ConfiguationOptions = options;

export function dial(name: string, password: string, number: string): boolean {
  const { client } = new Plivo(misspelled);
  const headers: ExtraHeaders = { 'X-PH-Test1': 'test1' };
  client.on('onLogin', () => client.call(number, headers));
  client.on('onLoginFailed', (cause: string) => client.removeAllListeners(cause));
  return client.login(name, password);
}

export const wrong = (client: Client): boolean =>
  // @ts-expect-error: a number or a name.
  client.call({});

// A hook.
type Update = (patch: Partial<State>) => void;
interface State {
  call: CallInfo | null;
  connection: ConnectionChange | null;
  volume: AudioStats | null;
  mayCall: boolean;
}

export function usePlivo(token: string, update: Update): () => boolean {
  const { client } = new Plivo(options);
  client.on('onIncomingCall', (_caller: string, headers: ExtraHeaders, call: CallInfo) => {
    update({ call });
    if (headers['X-Ph-Test1']) client.answer(call.callUUID, 'letring');
    else client.reject(call.callUUID);
  });
  client.on('onConnectionChange', (connection: ConnectionChange) => update({ connection }));
  client.on('onMediaPermission', ({ status }: MediaPermission) => status === 'success');
  client.on('volume', (volume: AudioStats) => update({ volume }));
  client.on('mediaMetrics', ({ type, active }: MediaMetric) => `${type} ${active}`);
  client.on('audioDeviceChange', ({ change, device }: AudioDeviceChange) => change + device.label);
  client.loginWithAccessToken(token);
  update({ mayCall: client.isOutgoingGrant && client.isIncomingGrant });
  return () => client.logout();
}

// A class that wraps the client, and gives tokens.
class Tokens extends AccessTokenInterface {
  override async getAccessToken(): Promise<string> {
    return 'token';
  }
}

export class VoiceService {
  readonly client: Client = new Plivo(options).client;

  start(): boolean {
    this.client.setRingTone('/ring.mp3');
    return this.client.loginWithAccessTokenGenerator(new Tokens());
  }

  async devices(): Promise<string[]> {
    const { audio } = this.client;
    const known = await audio.availableDevices('output');
    for (const { deviceId } of known) audio.speakerDevices.set(deviceId);
    return known.map(({ label }) => label);
  }

  // As tests of applications do.
  stub(): void {
    this.client.call = () => true;
  }
}

// A dialog that asks how the call was.
export function rate({ client }: VoiceService, stars: number): Promise<string> {
  const uuid = client.getCallUUID() ?? client.getLastCallUUID();
  return client.submitCallQualityFeedback(uuid, stars, ['ECHO'], 'It echoed.', true);
}

// Which error it is.
export function explain(client: Client, cause: string, call?: CallInfo): string {
  if (cause === client.getErrorStringByErrorCodes(10_006)) return 'expired';
  return call?.state === 'failed' ? `${call.reason} ${call.code}` : cause;
}

// A test before the call.
export async function microphone(client: Client): Promise<boolean> {
  const stream = await client.audio.revealAudioDevices('returnStream');
  return typeof stream !== 'string' && stream.getAudioTracks().length > 0;
}
