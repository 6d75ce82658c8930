/**
 * An application as people write it for the vendor's second generation. It only has to compile: here against the
 * vendor's own typings, in `ours/` against the facade's.
 */
import {
  type AudioHelper,
  type AudioProcessor,
  Call,
  Device,
  Logger,
  type OutputDeviceCollection,
  PreflightTest,
  type RTCSample,
  type RTCWarning,
  TwilioError,
} from '@twilio/voice-sdk';

interface Softphone {
  device: Device;
  call: Call | undefined;
  log: string[];
}

const options: Device.Options = {
  allowIncomingWhileBusy: true,
  appName: 'softphone',
  appVersion: '1.0',
  closeProtection: 'You are in a call.',
  codecPreferences: [Call.Codec.Opus, Call.Codec.PCMU],
  disableAudioContextSounds: true,
  dscp: true,
  edge: ['ashburn', 'roaming'],
  enableImprovedSignalingErrorPrecision: true,
  enumerateDevices: () => navigator.mediaDevices.enumerateDevices(),
  forceAggressiveIceNomination: false,
  getUserMedia: (constraints: MediaStreamConstraints) =>
    navigator.mediaDevices.getUserMedia(constraints),
  logLevel: 'debug',
  maxAverageBitrate: 16_000,
  maxCallSignalingTimeoutMs: 30_000,
  sounds: { [Device.SoundName.Incoming]: '/ring.mp3', outgoing: '/out.mp3', dtmf5: '/5.mp3' },
  tokenRefreshMs: 30_000,
};

export async function start(token: string, fresh: () => Promise<string>): Promise<Softphone> {
  const device = new Device(token, options);
  const phone: Softphone = { device, call: undefined, log: [] };
  device.on('registered', () => phone.log.push(`${device.identity} at ${device.edge}`));
  device.on(Device.EventName.Unregistered, () => phone.log.push(device.state));
  device.on('error', (error: TwilioError.TwilioError, call?: Call) => {
    phone.log.push(explain(error), call?.parameters['CallSid'] ?? '');
  });
  device.on('tokenWillExpire', async (expiring: Device) => expiring.updateToken(await fresh()));
  device.on('incoming', (call: Call) => {
    const shoe = call.customParameters.get('shoe');
    if (device.isBusy || shoe === 'right') call.reject();
    else take(phone, call);
  });
  device.addListener('destroyed', () => device.removeAllListeners());
  await device.register();
  device.updateOptions({ ...options, logLevel: 1 });
  return phone;
}

export async function dial(phone: Softphone, To: string): Promise<void> {
  if (phone.device.state === Device.State.Destroyed) return;
  const call = await phone.device.connect({
    params: { To, shoe: 'left' },
    rtcConfiguration: {
      iceServers: [{ urls: 'turn:turn.example', username: 'u', credential: 'p' }],
    },
    rtcConstraints: { audio: { echoCancellation: false } },
  });
  call.on('ringing', (hasEarlyMedia: boolean) => phone.log.push(`rings ${hasEarlyMedia}`));
  take(phone, call);
}

function take(phone: Softphone, call: Call): void {
  phone.call = call;
  call.on('accept', (accepted: Call) => phone.log.push(accepted.codec));
  call.on('volume', (input: number, output: number) => phone.log.push(`${input}/${output}`));
  call.on('sample', (sample: RTCSample) => phone.log.push(sample.mos?.toFixed(1) ?? '-'));
  call.on('warning', (name: string, warning: RTCWarning) =>
    phone.log.push(`${name} ${warning.threshold?.value} ${warning.values?.length}`),
  );
  call.on('reconnecting', (error: TwilioError.TwilioError) => phone.log.push(`${error.code}`));
  call.on('messageReceived', (message: Call.Message) => phone.log.push(message.messageType));
  call.once('disconnect', (ended: Call) => void rate(ended));
  if (call.direction === Call.CallDirection.Incoming) {
    call.accept({ rtcConstraints: { audio: true } });
  }
}

async function rate(call: Call): Promise<void> {
  await call.postFeedback(Call.FeedbackScore.Four, Call.FeedbackIssue.ChoppyAudio);
}

export function press(call: Call, digits: string): string {
  call.sendDigits(digits);
  call.mute(!call.isMuted());
  const local: MediaStream | undefined = call.getLocalStream();
  const sid: string = call.sendMessage({
    content: { tracks: local?.getTracks().length },
    messageType: 'user-defined-message',
    contentType: 'application/json',
  });
  switch (call.status()) {
    case Call.State.Open:
      return sid;
    case Call.State.Closed:
      return call.callerInfo?.isVerified ? 'verified' : 'closed';
    default:
      return call.connectToken ?? call.outboundConnectionId ?? '';
  }
}

export async function chooseDevices(device: Device, processor: AudioProcessor): Promise<string[]> {
  const audio: AudioHelper | null = device.audio;
  if (!audio) return [];
  audio.on('deviceChange', (lost: MediaDeviceInfo[]) => lost.map(({ label }) => label));
  audio.on('inputVolume', (volume: number) => volume.toFixed(2));
  for (const id of audio.availableInputDevices.keys()) await audio.setInputDevice(id);
  const speakers: OutputDeviceCollection = audio.speakerDevices;
  if (audio.isOutputSelectionSupported) {
    await speakers.set([...audio.availableOutputDevices.keys()]);
    await audio.ringtoneDevices.test('/ring.mp3');
  }
  await audio.addProcessor(processor);
  await audio.removeProcessor(processor, false);
  await audio.setAudioConstraints({ autoGainControl: false });
  const on: boolean = audio.incoming(false);
  return [...speakers.get()].map((one) => `${one.label} ${on}`);
}

function explain(error: TwilioError.TwilioError): string {
  if (error instanceof TwilioError.AuthorizationErrors.AccessTokenExpired) return 'expired';
  if (error.code === 31401) return error.solutions.join();
  return `${error.name}: ${error.description}, ${error.causes.length} causes`;
}

export function testTheWay(token: string): Promise<PreflightTest.Report> {
  const preflight = Device.runPreflight(token, {
    codecPreferences: [Call.Codec.Opus],
    edge: 'dublin',
  });
  return new Promise((done, failed) => {
    preflight.on(PreflightTest.Events.Completed, (report: PreflightTest.Report) => {
      Logger.info(
        report.callQuality === PreflightTest.CallQuality.Excellent,
        report.stats?.mos.average,
      );
      done(report);
    });
    preflight.on('failed', (error: TwilioError.TwilioError | DOMException) => failed(error));
    preflight.on('warning', ({ name, description }: PreflightTest.Warning) =>
      Logger.warn(name, description),
    );
    if (preflight.status === PreflightTest.Status.Failed) preflight.stop();
  });
}

Logger.setLevel('warn');
export const supported: boolean = Device.isSupported && Device.version.length > 0;
