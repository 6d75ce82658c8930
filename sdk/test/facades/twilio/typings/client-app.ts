/** An application as people write it for the vendor's first generation. It only has to compile. */
import { Connection, Device, PreflightTest } from 'twilio-client';

const log: string[] = [];

const options: Device.Options = {
  audioConstraints: { echoCancellation: true },
  closeProtection: true,
  codecPreferences: [Connection.Codec.Opus],
  debug: true,
  edge: 'ashburn',
  enableIceRestart: true,
  enableRingingState: true,
  fakeLocalDTMF: true,
  rtcConfiguration: { iceTransportPolicy: 'relay' },
  sounds: { incoming: '/ring.mp3' },
  warnings: true,
  noRegister: false,
};

export function start(token: string): Device {
  const device = new Device(token, options);
  device.on('ready', (ready: Device) => log.push(ready.status()));
  device.offline(() => log.push('offline'));
  device.on(Device.EventName.Error, (error: Device.Error) => {
    log.push(`${error.code} ${error.message} ${error.twilioError?.code ?? ''}`);
  });
  device.incoming((connection: Connection) => {
    if (device.activeConnection() === connection) connection.accept();
    else connection.ignore();
  });
  device.connect((connection: Connection) => log.push(connection.parameters['CallSid'] ?? ''));
  device.disconnect((connection) => log.push(connection.direction));
  return device;
}

export function dial(device: Device): Connection {
  const connection = device.connect({ To: 'bob' }, true);
  connection.on('ringing', (early: boolean) => log.push(String(early)));
  connection.volume((input, output) => log.push(`${input} ${output}`));
  connection.accept((accepted) => log.push(accepted.status()));
  connection.mute((on) => log.push(String(on)));
  connection.error((error: Connection.Error) => log.push(error.message));
  connection.sendDigits('1w2');
  connection.mute(true);
  connection.disconnect();
  if (connection.status() === Connection.State.Closed) {
    void connection.postFeedback(Connection.FeedbackScore.One, Connection.FeedbackIssue.Echo);
  }
  return connection;
}

export function listen(device: Device): void {
  device.audio?.setInputDevice('default').then(
    () => log.push([...(device.audio?.speakerDevices.get() ?? [])].length.toString()),
    (error: Error) => log.push(error.message),
  );
  device.sounds.incoming?.(false);
  device.registerPresence().unregisterPresence();
  device.updateToken('fresh');
  const test = Device.runPreflight('token', { debug: true });
  test.on(PreflightTest.Events.Completed, (report: PreflightTest.Report) =>
    log.push(`${report.isTurnRequired} ${report.networkTiming.ice?.duration}`),
  );
}
