/** Rows about calls of the second generation that come to nothing, against the recorded server. */
import { expect } from 'vitest';
import type { Call } from '../../../../src/facades/twilio/call.js';
import { rows } from '../../surface.js';
import { deviceOn, type Scene } from './registering.js';

const EVENTS = ['accept', 'cancel', 'disconnect', 'error', 'reject', 'ringing'];

/** A device that is registered, whose server plays the conversation with calls that are not answered. */
async function registered(): Promise<Scene> {
  const scene = deviceOn('reject');
  const registering = scene.device.register();
  await scene.server.until('registered');
  await registering;
  return scene;
}

/** The call that a device was emitted last, and what it emits from now on. */
function incoming({ emitted }: Scene): { call: Call; events: string[] } {
  const call = emitted.findLast(([event]) => event === 'incoming')?.[1] as Call;
  const events: string[] = [];
  for (const event of EVENTS) call.on(event, () => events.push(event));
  return { call, events };
}

/** Declares them. */
export const endings = rows((surface) => {
  surface.row('call.event.cancel', 'comes when the call is over before it is taken', async () => {
    const scene = await registered();
    const { server, device } = scene;
    await server.says('incoming', { call: 'd'.repeat(32) });
    const { call, events } = incoming(scene);
    await server.says('ended', { cause: 'answered-elsewhere' });
    expect(events).toEqual(['cancel']);
    call.accept();
    expect([call.status(), device.core.pending.length]).toEqual(['closed', 0]);
    expect(server.sent.map(({ type }) => type)).not.toContain('answer');
  });

  surface.row(['call.event.reject', 'call.method.reject'], 'end the call', async () => {
    const scene = await registered();
    const { server } = scene;
    await server.says('incoming');
    const { call, events } = incoming(scene);
    call.disconnect();
    expect(call.status()).toBe('pending');
    call.reject();
    call.reject();
    expect(call.status()).toBe('closed');
    await server.says('ended');
    expect(events).toEqual(['reject']);
    expect(server.sent.filter(({ type }) => type === 'reject')).toHaveLength(1);
  });

  surface.row('call.method.ignore', 'is silent, and the caller is not notified', async () => {
    const scene = await registered();
    const { server } = scene;
    await server.says('incoming', { call: 'c'.repeat(32) });
    const { call, events } = incoming(scene);
    call.ignore();
    await server.page.time.pass(1);
    expect(server.sent.at(-1)).toMatchObject({ type: 'ignore' });
    expect([call.status(), events]).toEqual(['closed', []]);
  });
});
