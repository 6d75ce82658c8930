/** A server that is none and the devices of the second generation that use it, for one test. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { Call } from '../../../src/facades/twilio/call.js';
import { DeviceController } from '../../../src/facades/twilio/device-controller.js';
import type { DeviceOptions } from '../../../src/facades/twilio/options.js';
import { type FakeCall, FakeServer, settle } from './fakes.js';

/** The server of the running test. */
export let server: FakeServer;
/** What the devices of the running test emitted. */
export let emitted: [string, ...unknown[]][];

/** A new server and fake timers for each test of the file. */
export function useDevices(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    emitted = [];
  });
  afterEach(() => vi.useRealTimers());
}

/** A device that uses the server. */
export function device(options: DeviceOptions = {}): DeviceController {
  return new DeviceController('token', options, (...event) => emitted.push(event), server.connect);
}

/** Lets what is emitted a moment later be emitted. */
export async function later(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1);
  await settle();
}

/** What was emitted, errors by their codes. */
export function events(): unknown[] {
  return emitted.map(([event, value]) =>
    event === 'error' ? `error ${(value as { code: number }).code}` : event,
  );
}

const EVENTS = [
  'ringing',
  'accept',
  'disconnect',
  'cancel',
  'reject',
  'mute',
  'error',
  'reconnecting',
  'reconnected',
  'messageSent',
  'messageReceived',
  'warning',
  'warning-cleared',
  'audio',
];

/** Records the events of a call. */
export function note(call: Call): unknown[] {
  const callEvents: unknown[] = [];
  for (const event of EVENTS) {
    call.on(event, (value: unknown) => {
      const code = (value as { code?: number } | undefined)?.code;
      const more = code ?? (typeof value === 'boolean' || typeof value === 'string' ? value : '');
      callEvents.push(`${event} ${more}`.trim());
    });
  }
  return callEvents;
}

/** A registered one. */
export async function registered(options: DeviceOptions = {}): Promise<DeviceController> {
  const life = device(options);
  await life.register();
  return life;
}

/** The incoming call that was emitted last. */
export function incoming(): Call {
  const last = emitted.findLast(([event]) => event === 'incoming');
  return last?.[1] as Call;
}

/** A call to bob, and its events. */
export async function outgoing(
  life: DeviceController,
): Promise<{ call: Call; native: FakeCall; callEvents: unknown[] }> {
  const call = await life.connect({ params: { To: 'bob', shoe: 'left' } });
  const callEvents = note(call);
  await settle();
  return { call, native: server.client.lastCall as FakeCall, callEvents };
}
