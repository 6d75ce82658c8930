/** An application for the second generation of Twilio's SDK; it has to compile against what the tarball ships. */
import {
  type AudioHelper,
  type AudioProcessor,
  Call,
  Device,
  type Edge,
  Logger,
  type NetworkTiming,
  type OutputDeviceCollection,
  PreflightTest,
  type RTCSample,
  type RTCSampleTotals,
  type RTCWarning,
  type ThresholdWarningData,
  type TimeMeasurement,
  TwilioError,
} from 'offhook/twilio';

// A dialler.
const edge: Edge = 'ashburn';
const options: Device.Options = {
  codecPreferences: [Call.Codec.Opus, Call.Codec.PCMU],
  edge: [edge, 'roaming'],
  logLevel: 'debug',
  sounds: { [Device.SoundName.Incoming]: '/ring.mp3', dtmf5: '/5.mp3' },
};

export async function dial(token: string, To: string): Promise<string | undefined> {
  const device = new Device(token, options);
  await device.register();
  const given: Device.ConnectOptions = {
    params: { To },
    rtcConstraints: { audio: { echoCancellation: false } },
    rtcConfiguration: { iceServers: [{ urls: 'turn:turn.example' }] },
  };
  const call = await device.connect(given);
  call.on('accept', (accepted: Call) => accepted.sendDigits('1w2'));
  call.once('disconnect', (ended: Call) => ended.removeAllListeners());
  return call.parameters['CallSid'];
}

export const wrong = (device: Device): Promise<Call> =>
  // @ts-expect-error: parameters are texts by name.
  device.connect({ params: 3 });

// A hook.
type Update = (patch: Partial<State>) => void;
interface State {
  state: Device.State;
  call: Call | null;
  direction: Call.CallDirection | null;
  error: TwilioError.TwilioError | null;
}

export function useDevice(token: string, update: Update): () => void {
  const device = new Device(token);
  device.on('registered', () => update({ state: device.state }));
  device.on(Device.EventName.Error, (error: TwilioError.TwilioError, call?: Call) => {
    update({ error, call: call ?? null });
  });
  device.on('incoming', (call: Call) => {
    const taken: Call.AcceptOptions = { rtcConstraints: { audio: true } };
    update({ call, direction: call.direction });
    if (call.callerInfo?.isVerified && !device.isBusy) call.accept(taken);
    else call.reject();
  });
  device.on('tokenWillExpire', (expiring: Device) => expiring.updateToken(token));
  void device.register();
  return () => device.destroy();
}

// A class that wraps the device.
export class VoiceService {
  #device: Device | undefined;
  #call: Call | undefined;
  readonly metrics: Call.CallMetrics[] = [];
  readonly toggled: Device.ToggleableSound[] = ['incoming', 'outgoing', 'disconnect'];

  async start(token: string): Promise<Device.State> {
    this.#device = new Device(token, { ...options, tokenRefreshMs: 30_000 });
    await this.#device.register();
    return this.#device.state;
  }

  follow(call: Call): void {
    this.#call = call;
    call.on('sample', (sample: RTCSample) => {
      const totals: RTCSampleTotals = sample.totals;
      this.metrics.push({ ...sample, inputVolume: 0, outputVolume: totals.packetsLost });
    });
    call.on('warning', (_name: string, { threshold }: RTCWarning) => {
      const crossed: ThresholdWarningData | undefined = threshold;
      Logger.warn(crossed?.name, crossed?.value);
    });
  }

  say(text: string): string | undefined {
    const message: Call.Message = { content: { text }, messageType: 'user-defined-message' };
    return this.#call?.sendMessage(message);
  }

  async devices(processor: AudioProcessor): Promise<string[]> {
    const audio: AudioHelper | null | undefined = this.#device?.audio;
    if (!audio) return [];
    await audio.addProcessor(processor);
    const speakers: OutputDeviceCollection = audio.speakerDevices;
    return [...speakers.get()].map(({ label }) => label);
  }
}

// A dialog that asks how the call was.
export function rate(call: Call, stars: Call.FeedbackScore, issue?: Call.FeedbackIssue): void {
  if (call.status() !== Call.State.Closed) return;
  void call.postFeedback(stars, issue ?? Call.FeedbackIssue.ChoppyAudio);
}

// Which error it is.
export function explain(error: unknown): string {
  if (error instanceof TwilioError.AuthorizationErrors.AccessTokenExpired) return 'expired';
  if (error instanceof TwilioError.InvalidStateError) return error.message;
  if (!(error instanceof TwilioError.TwilioError)) return 'unknown';
  switch (error.code) {
    case 31401:
      return error.solutions.join();
    default:
      return `${error.name} ${error.description} ${error.causes.length}`;
  }
}

// A test before the call.
export function preflight(token: string): Promise<PreflightTest.Report> {
  const wished: PreflightTest.Options = { codecPreferences: [Call.Codec.Opus], edge };
  const test = Device.runPreflight(token, wished);
  const event: PreflightTest.Events = PreflightTest.Events.Completed;
  return new Promise((done, failed) => {
    test.on(event, (report: PreflightTest.Report) => {
      const stats: PreflightTest.RTCStats | undefined = report.stats;
      const mos: PreflightTest.Stats | undefined = stats?.mos;
      const timing: NetworkTiming = report.networkTiming;
      const ice: TimeMeasurement | undefined = timing.ice;
      const pair: PreflightTest.RTCSelectedIceCandidatePairStats | undefined =
        report.selectedIceCandidatePairStats;
      const local: PreflightTest.RTCIceCandidateStats = pair?.localCandidate;
      const all: PreflightTest.RTCIceCandidateStatsReport = report;
      Logger.info(mos?.average, ice?.duration, local, all.iceCandidateStats.length);
      const quality: PreflightTest.CallQuality | undefined = report.callQuality;
      if (quality === PreflightTest.CallQuality.Excellent) done(report);
    });
    test.on('failed', (error: TwilioError.TwilioError | DOMException) => failed(error));
    test.on('warning', ({ description }: PreflightTest.Warning) => Logger.warn(description));
    const status: PreflightTest.Status = test.status;
    if (status === PreflightTest.Status.Failed) test.stop();
  });
}
