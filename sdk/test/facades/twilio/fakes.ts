/** A client and calls of the SDK without a server: their method calls are recorded, and tests emit their events. */
import type { Call } from '../../../src/client/call.js';
import type { Client } from '../../../src/client/client.js';
import { Emitter } from '../../../src/core/emitter.js';
import { ending, OffhookError } from '../../../src/core/errors.js';
import type { Connect } from '../../../src/facades/shared/servers.js';
import { saidOf } from '../../causes.js';

type Events = Record<string, never>;

/** Lets all promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}

class Loud extends Emitter<Events> {
  deliverRaw(event: string, payload?: unknown): void {
    this.emit(event, payload as never);
  }
}

/** A call. */
export class FakeCall extends Loud {
  readonly done: string[] = [];
  readonly connection = {} as RTCPeerConnection;
  readonly element = { muted: false } as HTMLAudioElement;
  direction = 'incoming';
  id = '';
  from = 'client:alice';
  to = 'client:bob';
  parameters: Record<string, string> = {};
  state = 'incoming';
  audio = 'connecting';
  earlyMedia = false;
  muted = false;
  localStream = { id: 'local' } as unknown as MediaStream;
  remoteStream = { id: 'remote' } as unknown as MediaStream;
  fails: OffhookError | undefined;
  options: unknown;

  setState(state: string): void {
    this.state = state;
    this.deliverRaw('state', state);
  }

  sounds(audio: string): void {
    this.audio = audio;
    this.deliverRaw('audio', audio);
  }

  /** Answered, and sound flows. */
  opens(): void {
    this.setState('up');
    this.sounds('connected');
  }

  ends(cause: string, by: 'peer' | 'server' | 'local' = 'peer'): void {
    this.state = 'ended';
    this.deliverRaw('state', 'ended');
    this.deliverRaw('ended', ending(cause, by, saidOf(cause)));
  }

  async accept(options: unknown): Promise<void> {
    this.options = options;
    this.done.push('accept');
    if (this.fails) throw this.fails;
    this.state = 'answering';
  }

  reject(): void {
    this.done.push('reject');
    this.ends('rejected', 'local');
  }

  ignore(): void {
    this.done.push('ignore');
    this.state = 'ignored';
  }

  hangup(): void {
    this.done.push('hangup');
    this.ends('normal', 'local');
  }

  mute(on: boolean): void {
    this.done.push(on ? 'mute' : 'unmute');
  }

  async sendDigits(digits: string): Promise<void> {
    if (this.fails) throw this.fails;
    this.done.push(`digits ${digits}`);
  }

  sendMessage(body: string, contentType: string): string {
    this.done.push(`message ${contentType} ${body}`);
    return 'm1';
  }

  async feedback(given: unknown): Promise<void> {
    this.done.push(`feedback ${JSON.stringify(given)}`);
  }

  levels(): { input: number; output: number } {
    return { input: 0.5, output: 0.25 };
  }
}

/** A client. */
export class FakeClient extends Loud {
  readonly done: string[] = [];
  readonly calls: FakeCall[] = [];
  state = 'connected';
  registered = false;
  error: OffhookError | undefined;
  refuses: Partial<Record<'call' | 'register' | 'unregister' | 'renew', OffhookError>> = {};
  identity = {
    name: 'alice',
    account: 'MA0123456789ABCDEFGHIJ',
    outgoing: true,
    incoming: true,
    expiresAt: null as Date | null,
    expiresInMs: null as number | null,
  };
  /** Settles the next call that is made. */
  lastCall: FakeCall | undefined;
  options: unknown;

  /** The token ends in so many milliseconds, by a server whose clock is ahead of the device's by `skewMs`. */
  expires(ms: number, skewMs = 0): void {
    const end = performance.now() + ms;
    Object.assign(this.identity, { expiresAt: new Date(Date.now() + skewMs + ms) });
    Object.defineProperty(this.identity, 'expiresInMs', {
      configurable: true,
      get: () => Math.max(0, end - performance.now()),
    });
  }

  async register(): Promise<void> {
    if (this.refuses.register) throw this.refuses.register;
    this.registered = true;
    this.deliverRaw('registered', { devices: 1 });
  }

  async unregister(): Promise<void> {
    if (this.refuses.unregister) throw this.refuses.unregister;
    this.registered = false;
    this.deliverRaw('unregistered');
  }

  async renew(token: string): Promise<void> {
    if (this.refuses.renew) throw this.refuses.renew;
    this.done.push(`renew ${token}`);
  }

  async call(to: string, options: { parameters: Record<string, string> }): Promise<FakeCall> {
    if (this.refuses.call) throw this.refuses.call;
    const call = new FakeCall();
    Object.assign(call, { direction: 'outgoing', state: 'dialing', to, options });
    call.parameters = options.parameters;
    this.lastCall = call;
    return call;
  }

  close(): void {
    this.done.push('close');
    this.setState('closed');
  }

  setState(state: string, error?: OffhookError): void {
    this.state = state;
    this.error = error;
    this.deliverRaw('state', state);
  }

  /** An incoming call. */
  rings(change: Partial<FakeCall> = {}): FakeCall {
    const call = Object.assign(new FakeCall(), { id: 'a1', ...change });
    this.deliverRaw('incoming', call);
    return call;
  }
}

/** A way in that gives these clients, or these errors, one after the other. */
export class FakeServer {
  readonly asked: Record<string, unknown>[] = [];
  readonly clients: FakeClient[] = [];
  readonly answers: (FakeClient | OffhookError)[] = [];

  readonly connect: Connect = async (options) => {
    this.asked.push(options as Record<string, unknown>);
    const answer = this.answers.shift() ?? new FakeClient();
    if (answer instanceof OffhookError) throw answer;
    this.clients.push(answer);
    return answer as unknown as Client;
  };

  get client(): FakeClient {
    const client = this.clients.at(-1);
    if (!client) throw new Error('no client has connected');
    return client;
  }
}

/** As our own code knows it. */
export function asCall(call: FakeCall): Call {
  return call as unknown as Call;
}
