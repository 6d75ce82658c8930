/** The page's end of the link when its server was restarted and has kept the link. */
import { describe, expect, test } from 'vitest';
import type { PageCall, PageFrame } from '../../src/core/frames.js';
import { Link, type LinkOutput } from '../../src/core/link.js';
import { drain } from './fake-server.js';

type Frame = Record<string, unknown>;

const sent = (outputs: LinkOutput[]): Frame[] =>
  outputs.flatMap((output) => (output.kind === 'send' ? [JSON.parse(output.text)] : []));

const WELCOME = {
  type: 'welcome',
  link: 'L',
  key: 'K',
  party: { name: 'alice', account: 'A1', outgoing: true, incoming: true, expires_at: null },
  heartbeat_s: 15,
  resume_s: 60,
  ice_servers: [],
  resumed: false,
  received: 0,
  instance: 'first',
};
const AGAIN = { ...WELCOME, instance: 'second', attached: true, registered: true };
const UP: PageCall = { call: 'c1', id: 'C1', state: 'up', muted: false, held: true };

/** A link that is open, of a page with these calls. */
function open(calls: PageCall[] = []): Link {
  const link = new Link({
    auth: { token: 't' },
    random: () => 0.5,
    sdk: 'test/1',
    calls: () => calls,
  });
  link.start(0);
  link.opened(0);
  link.receive(0, JSON.stringify(WELCOME));
  drain(link);
  return link;
}

/** The socket is lost, and another one opened: what the page says there. */
function comeBack(link: Link): Frame {
  drain(link);
  link.closed(10);
  link.nudge(20);
  link.opened(20);
  const [hello] = sent(drain(link));
  if (!hello) throw new Error('the page says nothing');
  return hello;
}

function welcomed(link: Link, welcome: Frame): LinkOutput[] {
  link.receive(30, JSON.stringify(welcome));
  return drain(link);
}

describe('a restarted server', () => {
  test('gets the process that the page knows, and its calls', () => {
    const calls = [UP];
    const link = open(calls);
    expect(comeBack(link).resume).toEqual({
      link: 'L',
      key: 'K',
      received: 0,
      instance: 'first',
      calls: [UP],
    });
    calls.pop();
    expect(comeBack(link).resume).toMatchObject({ calls: [] });
  });

  test('that has kept the link takes no call away', () => {
    const link = open([UP]);
    comeBack(link);
    const outputs = welcomed(link, { ...AGAIN, stated: 0 });
    expect(outputs.map(({ kind }) => kind)).not.toContain('lost');
    expect(outputs).toContainEqual(
      expect.objectContaining({ kind: 'welcome', restated: new Map() }),
    );
    expect(link.state).toBe('open');
    expect(comeBack(link).resume).toMatchObject({ link: 'L', key: 'K', instance: 'second' });
  });

  test('counts from 1 again, and so does the page', () => {
    const link = open();
    link.send(1, { type: 'register' });
    link.receive(1, JSON.stringify({ type: 'registered', devices: 1, seq: 1 }));
    comeBack(link);
    welcomed(link, { ...AGAIN, stated: 1 });
    link.receive(31, JSON.stringify({ type: 'registered', devices: 2, seq: 1 }));
    expect(drain(link)).toMatchObject([{ kind: 'frame', frame: { devices: 2 } }]);
    expect(link.send(32, { type: 'unregister' })).toBe(1);
    expect(comeBack(link).resume).toMatchObject({ received: 1 });
  });

  test('gets what it has not kept again, with new numbers, and nothing of audio that is gone', () => {
    const link = open([{ ...UP, id: '', call: 'new', state: 'dialing' }, UP]);
    const frames: PageFrame[] = [
      { type: 'digits', call: 'c1', digits: '1' },
      { type: 'offer', call: 'c1', number: 1, sdp: 's', reason: 'restart' },
      { type: 'accept', call: 'c1', number: 1, sdp: 's' },
      { type: 'refuse', call: 'c1', number: 1, reason: 'glare' },
      { type: 'digits', call: 'c1', digits: '2' },
      { type: 'get-stats', call: 'c1' },
      { type: 'samples', call: 'c1', samples: [] },
      { type: 'warning', call: 'c1', name: 'low-mos', raised: true },
      { type: 'unload' },
      { type: 'invite', call: 'c1', to: 'bob', sdp: 's' },
      { type: 'invite', call: 'given-up', to: 'bob', sdp: 's' },
      { type: 'invite', call: 'new', to: 'bob', sdp: 's' },
      { type: 'answer', call: 'c2', sdp: 's' },
      { type: 'ring', call: 'c3' },
      { type: 'ignore', call: 'c3' },
      { type: 'reject', call: 'c4' },
      { type: 'hangup', call: 'c5' },
      { type: 'message', call: 'c1', id: 'm', content_type: 'text/plain', body: 'hi' },
      { type: 'transfer', call: 'c1', to: 'carol' },
      { type: 'mute', call: 'c1', muted: true },
      { type: 'register' },
      { type: 'unregister' },
      { type: 'renew', token: 't2' },
      { type: 'feedback', id: 'C0', score: 5 },
    ];
    for (const frame of frames) link.send(1, frame);
    drain(link);
    comeBack(link);
    const outputs = welcomed(link, { ...AGAIN, stated: 1 });
    expect(outputs).toContainEqual({ kind: 'received', frames: [frames[0]] });
    const [ack, ...again] = sent(outputs);
    expect(ack).toEqual({ type: 'ack', received: 0 });
    expect(again.map(({ seq }) => seq)).toEqual(again.map((_, index) => index + 1));
    expect(again.map(({ type, call, digits }) => [type, call, digits].join(' ').trim())).toEqual([
      'digits c1 2',
      'invite new',
      'ring c3',
      'ignore c3',
      'reject c4',
      'hangup c5',
      'message c1',
      'transfer c1',
      'mute c1',
      'register',
      'unregister',
      'renew',
      'feedback',
    ]);
    const welcome = outputs.find((output) => output.kind === 'welcome');
    expect(welcome?.restated?.get(5)).toBe(1);
    expect(welcome?.restated?.get(12)).toBe(2);
    expect(welcome?.restated?.has(6)).toBe(false);
    expect(link.send(40, { type: 'ring', call: 'c9' })).toBe(14);
  });

  test('is looked for more often while there are calls', () => {
    const calls: PageCall[] = [UP];
    const link = open(calls);
    const waits: number[] = [];
    let now = 0;
    for (let turn = 0; turn < 6; turn++) {
      if (turn === 5) calls.pop();
      link.closed(now);
      waits.push((link.wakeAt() ?? 0) - now);
      now = link.wakeAt() ?? 0;
      link.wake(now);
    }
    expect(waits).toEqual([375, 750, 1_500, 1_500, 1_500, 3_750]);
  });

  test('whose first welcome was lost gets the same again', () => {
    const link = open([UP]);
    link.send(1, { type: 'digits', call: 'c1', digits: '1' });
    link.send(1, { type: 'digits', call: 'c1', digits: '2' });
    comeBack(link);
    // The server answers, but nothing of it arrives.
    expect(comeBack(link).resume).toMatchObject({ instance: 'first', received: 0 });
    const outputs = welcomed(link, { ...AGAIN, stated: 1 });
    expect(sent(outputs).slice(1)).toEqual([{ type: 'digits', call: 'c1', digits: '2', seq: 1 }]);
  });

  test('that is restarted once more goes by the numbers of the process before it', () => {
    const link = open([UP]);
    link.send(1, { type: 'digits', call: 'c1', digits: '1' });
    comeBack(link);
    welcomed(link, { ...AGAIN, stated: 1 });
    link.send(35, { type: 'digits', call: 'c1', digits: '2' });
    link.send(35, { type: 'digits', call: 'c1', digits: '3' });
    drain(link);
    comeBack(link);
    const outputs = welcomed(link, { ...AGAIN, instance: 'third', stated: 1 });
    expect(sent(outputs).slice(1)).toEqual([{ type: 'digits', call: 'c1', digits: '3', seq: 1 }]);
  });

  test('that claims more than was sent gets a new link', () => {
    const link = open([UP]);
    comeBack(link);
    expect(welcomed(link, { ...AGAIN, stated: 7 })).toContainEqual({
      kind: 'lost',
      cause: 'endpoint-lost',
    });
  });

  test('that has not kept the link ends its calls', () => {
    const link = open([UP]);
    comeBack(link);
    const other = { ...WELCOME, link: 'M', instance: 'second' };
    expect(welcomed(link, other)).toContainEqual({ kind: 'lost', cause: 'server-restarted' });
  });
});
