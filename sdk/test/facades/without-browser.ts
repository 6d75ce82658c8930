/**
 * The rows of each table that a test without a browser exercises; `error.*` is all rows of that table. The suite without a
 * browser fails when its tests' names have others than these; the suite in browsers relies on that.
 */
const named = (kind: string, names: string): string[] =>
  names.split(' ').map((name) => `${kind}.${name}`);

export const WITHOUT_BROWSER: Readonly<Record<string, readonly string[]>> = {
  'plivo.toml': [
    ...named('call-state', 'canceled ignored rejected'),
    ...named(
      'event',
      'onCallFailed onConnectionChange onIncomingCallCanceled onIncomingCallIgnored',
    ),
    ...named('event', 'onLogin onLoginFailed onLogout'),
    'login-error.*',
    ...named('method', 'ignore isConnected isConnecting isRegistered login logout reject'),
    'variable.isLoggedIn',
  ],
  'twilio.toml': [
    ...named('call.event', 'cancel reject'),
    ...named('call.method', 'ignore reject'),
    ...named('call.static', 'CallDirection Codec FeedbackIssue FeedbackScore'),
    ...named('call.static', 'IceGatheringFailureReason MediaFailure State toString'),
    'device.event.error',
    ...named('device.method', 'addListener emit eventNames listenerCount listeners off on once'),
    ...named('device.method', 'removeAllListeners removeListener toString'),
    ...named('device.option', 'edge enableImprovedSignalingErrorPrecision logLevel'),
    ...named('device.static', 'EventName SoundName State toString'),
    'error.*',
    'error.field.*',
    'error.plain.*',
    'logger.*',
    ...named('preflight.static', 'CallQuality Events Status'),
  ],
  'twilio-client.toml': [
    ...named('connection.static', 'CallDirection Codec FeedbackIssue FeedbackScore State toString'),
    ...named('device.method', 'constructor toString'),
    'device.option.edge',
    'device.property.isInitialized',
    ...named('device.state', 'EventName SoundName Status unready'),
    ...named('device.static', 'destroy instance'),
    ...named('error', '31204 31205'),
  ],
};
