/** An application for the SDK's own interface; it has to compile against what the tarball ships. */
import {
  type AcceptOptions,
  type Call,
  type CallState,
  type Client,
  type ClientEvents,
  type ClientState,
  type ConnectOptions,
  connect,
  type Ending,
  type ErrorCode,
  type Feedback,
  OffhookError,
  type PreflightReport,
  type QualitySample,
  type Warning,
} from 'offhook';

// A dialler.
const options: ConnectOptions = {
  url: 'https://calls.example',
  refreshToken: async () => 'token',
  codecs: ['opus', 'PCMU'],
  sounds: { incoming: '/ring.mp3' },
};

export async function dial(to: string): Promise<Ending> {
  const client = await connect(options);
  const call = await client.call(to, { parameters: { ticket: '4711' }, headers: { 'X-A': '1' } });
  if (await call.whenAnswered()) await call.sendDigits('12#', { inBand: true });
  return call.whenEnded();
}

export const wrong = (client: Client): Promise<Call> =>
  // @ts-expect-error: parameters are texts by name.
  client.call('bob', { parameters: 3 });

// A hook.
type Update = (patch: Partial<State>) => void;
interface State {
  state: ClientState;
  call: Call | null;
  calls: CallState;
  error: OffhookError;
}

export function useClient(client: Client, update: Update): () => void {
  const stop = [
    client.on('state', (state) => update({ state })),
    client.on('incoming', (call) => update({ call, calls: call.state })),
    client.on('error', (error) => update({ error })),
  ];
  return () => {
    for (const each of stop) each();
  };
}

// A class that wraps the client.
export class VoiceService {
  readonly #client: Client;
  readonly samples: QualitySample[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  on<Name extends keyof ClientEvents>(
    event: Name,
    listener: (payload: ClientEvents[Name]) => void,
  ): () => void {
    return this.#client.on(event, listener);
  }

  async take(call: Call): Promise<void> {
    const how: AcceptOptions = { others: 'hold', microphone: { echoCancellation: true } };
    call.on('sample', (sample) => this.samples.push(sample));
    call.on('warning', ({ name, raised }: Warning) => `${name} ${raised}`);
    await call.accept(how);
  }
}

// A dialog that asks how the call was.
export function rate(call: Call, score: Feedback['score']): Promise<void> {
  const { cause, message } = call.ending ?? { cause: 'normal', message: '' };
  return call.feedback({ score, issues: [cause], note: message });
}

// Which error it is.
export function explain(error: unknown): string {
  if (!(error instanceof OffhookError)) return 'unknown';
  const known: ErrorCode[] = ['microphone-denied', 'access-token-expired'];
  return known.some((code) => code === error.code) ? error.hint : error.message;
}

// A test before the call.
export async function preflight(client: Client): Promise<PreflightReport> {
  const test = client.preflight({ seconds: 10 });
  test.on('progress', ({ fraction }) => fraction.toFixed(1));
  return test.done;
}
