/** An application for the first generation of Twilio's SDK; it has to compile against what the tarball ships. */
import { Connection, Device, PreflightTest } from 'offhook/twilio-client';

// A dialler, with the one device of the page.
const options: Device.Options = {
  codecPreferences: [Connection.Codec.Opus],
  edge: 'ashburn',
  enableRingingState: true,
  sounds: { incoming: '/ring.mp3' },
};

export function dial(token: string, To: string): Connection {
  Device.setup(token, options);
  Device.ready((ready) => ready.status());
  Device.error((error) => error.code.toFixed());
  const connection = Device.connect({ To });
  connection.accept((accepted) => accepted.sendDigits('1w2'));
  const sent: Record<string, string> = connection.message;
  connection.disconnect((ended) => ended.removeAllListeners(sent['To']));
  return connection;
}

export const wrong = (device: Device): Connection =>
  // @ts-expect-error: parameters are texts by name.
  device.connect(3);

// A hook.
type Update = (patch: Partial<State>) => void;
interface State {
  status: Device.Status;
  connection: Connection | null;
  direction: Connection.CallDirection | null;
  error: Device.Error | null;
}

export function useDevice(token: string, update: Update): () => void {
  const device = new Device(token, options);
  device.on('ready', (ready: Device) => update({ status: ready.status() }));
  device.on(Device.EventName.Error, (error: Device.Error) => update({ error }));
  device.on('incoming', (connection: Connection) => {
    update({ connection, direction: connection.direction });
    if (connection.callerInfo?.isVerified) connection.accept({ echoCancellation: true });
    else connection.ignore();
  });
  return () => device.destroy();
}

// A class that wraps the device.
export class VoiceService {
  readonly #device: Device = new Device();
  readonly metrics: Connection.CallMetrics[] = [];
  readonly toggled: Device.ToggleableSound[] = ['incoming'];

  start(token: string): string | null {
    this.#device.setup(token, { debug: true });
    this.#device.sounds.incoming?.(false);
    return this.#device.edge;
  }

  follow(connection: Connection): void {
    connection.volume((input, output) => input + output);
    connection.error((error: Connection.Error) => {
      const { connection: about, info, twilioError } = error;
      return `${about.status()} ${info.code} ${twilioError?.code}`;
    });
    connection.mute((on: boolean, muted: Connection) => on && muted.isMuted());
  }

  async devices(): Promise<string[]> {
    const { audio } = this.#device;
    await audio?.setInputDevice('default');
    return [...(audio?.speakerDevices.get() ?? [])].map(({ label }) => label);
  }
}

// A dialog that asks how the call was.
export function rate(connection: Connection, score: Connection.FeedbackScore): void {
  if (connection.status() !== Connection.State.Closed) return;
  void connection.postFeedback(score, Connection.FeedbackIssue.Echo);
}

// Which error it is.
export function explain(error: Device.Error): string {
  if (error.code === 31205) return 'expired';
  return error.twilioError ? error.twilioError.description : error.message;
}

// A test before the call.
export function preflight(token: string): PreflightTest {
  const wished: PreflightTest.Options = { debug: true, edge: 'dublin', fakeMicInput: true };
  const test = Device.runPreflight(token, wished);
  const event: PreflightTest.Events = PreflightTest.Events.Completed;
  test.on(event, (report: PreflightTest.Report) => {
    const stats: PreflightTest.RTCStats | undefined = report.stats;
    const local: PreflightTest.RTCIceCandidateStats =
      report.selectedIceCandidatePairStats?.localCandidate;
    return `${stats?.mos.average} ${local}`;
  });
  test.on('failed', (error: Device.Error) => error.code === 31008);
  return test;
}
