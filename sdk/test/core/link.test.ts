/** The page's end of the link: beginning, resuming, beating, giving up. */
import { describe, expect, test } from 'vitest';
import { Link, type LinkOutput } from '../../src/core/link.js';
import { drain, FakeLinkServer } from './fake-server.js';

const AUTH = { token: 't' };

function fresh(): Link {
  return new Link({ auth: AUTH, random: () => 0.5, sdk: 'test/1' });
}

const sent = (outputs: LinkOutput[]): Record<string, unknown>[] =>
  outputs.flatMap((output) => (output.kind === 'send' ? [JSON.parse(output.text)] : []));
const kinds = (outputs: LinkOutput[]): string[] => outputs.map((output) => output.kind);

/** A link that is open at time 0, with its server. */
function open(far = new FakeLinkServer()): {
  link: Link;
  far: FakeLinkServer;
  outputs: LinkOutput[];
} {
  const link = fresh();
  link.start(0);
  return { link, far, outputs: socket(link, far, 0) };
}

/** Opens a socket and lets both ends greet. */
function socket(link: Link, far: FakeLinkServer, now: number): LinkOutput[] {
  far.connected();
  link.opened(now);
  const outputs = drain(link);
  for (const hello of sent(outputs)) {
    for (const frame of far.take(JSON.stringify(hello))) link.receive(now, JSON.stringify(frame));
  }
  const after = drain(link);
  for (const frame of sent(after)) far.take(JSON.stringify(frame));
  return [...outputs, ...after];
}

describe('beginning', () => {
  test('the first frame carries the credentials', () => {
    const link = fresh();
    link.start(0);
    expect(drain(link)).toEqual([{ kind: 'state', state: 'connecting' }, { kind: 'connect' }]);
    link.opened(5);
    expect(sent(drain(link))).toEqual([{ type: 'hello', version: 1, sdk: 'test/1', auth: AUTH }]);
    expect(link.state).toBe('greeting');
  });

  test('frames before the welcome are sent after it, in order', () => {
    const far = new FakeLinkServer();
    const link = fresh();
    link.start(0);
    link.send(0, { type: 'register' });
    link.send(0, { type: 'hangup', call: 'c' });
    drain(link);
    socket(link, far, 1);
    expect(far.got.map((frame) => [frame.seq, frame.type])).toEqual([
      [1, 'register'],
      [2, 'hangup'],
    ]);
  });

  test('a refusal has its code and is not retried', () => {
    const link = fresh();
    link.start(0);
    link.opened(0);
    drain(link);
    const denied = { type: 'denied', code: 'blocked', message: 'wait', retry_after_s: 600 };
    link.receive(1, JSON.stringify(denied));
    expect(drain(link)).toContainEqual({ kind: 'denied', denied });
    expect(link.wakeAt()).toBeUndefined();
    link.start(2, { token: 'other' });
    link.opened(3);
    expect(sent(drain(link))[0]).toMatchObject({ auth: { token: 'other' } });
  });

  test.each(['connecting', 'greeting'])('a socket that hangs while %s is given up', (stage) => {
    const link = fresh();
    link.start(0);
    if (stage === 'greeting') link.opened(0);
    drain(link);
    expect(link.wakeAt()).toBe(10_000);
    link.wake(10_000);
    expect(kinds(drain(link))).toEqual(['close', 'state']);
    expect(link.state).toBe('waiting');
  });
});

describe('resuming', () => {
  test('after a cut both sides get what they missed, once', () => {
    const { link, far } = open();
    const missed = far.say({ type: 'registered', devices: 1 });
    link.closed(1_000);
    link.send(1_000, { type: 'hangup', call: 'c' });
    link.wake(link.wakeAt() ?? 0);
    drain(link);
    const outputs = socket(link, far, 2_000);
    expect(outputs).toContainEqual({ kind: 'frame', frame: missed });
    expect(far.got.map((frame) => frame.type)).toEqual(['hangup']);
    link.receive(2_001, JSON.stringify(missed));
    expect(kinds(drain(link))).not.toContain('frame');
  });

  test('a link that cannot be resumed loses its calls, then starts over', () => {
    const { link, far } = open();
    far.resumable = false;
    link.closed(0);
    link.send(0, { type: 'hangup', call: 'of-the-old-link' });
    link.wake(link.wakeAt() ?? 0);
    drain(link);
    const order = kinds(socket(link, far, 1_000));
    expect(order.indexOf('lost')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('lost')).toBeLessThan(order.indexOf('welcome'));
    expect(far.got).toEqual([]);
    link.send(1_001, { type: 'register' });
    expect(sent(drain(link))).toEqual([{ type: 'register', seq: 1 }]);
  });

  test.each([
    ['first', 'endpoint-lost'],
    ['second', 'server-restarted'],
  ])('calls lost with process %s end by %s', (instance, cause) => {
    const { link, far } = open();
    Object.assign(far, { resumable: false, instance });
    link.closed(0);
    link.wake(link.wakeAt() ?? 0);
    drain(link);
    expect(socket(link, far, 1_000)).toContainEqual({ kind: 'lost', cause });
  });

  test('calls are lost after the resume time, and the link is still retried', () => {
    const { link } = open();
    link.closed(0);
    drain(link);
    let lostAt = 0;
    let cause = '';
    for (let now = link.wakeAt() ?? 0; now < 200_000; now = link.wakeAt() ?? Number.NaN) {
      link.wake(now);
      for (const output of drain(link)) {
        if (output.kind === 'lost') [lostAt, cause] = [now, output.cause];
        if (output.kind === 'connect') link.closed(now);
      }
    }
    expect([lostAt, cause]).toEqual([70_000, 'server-lost']);
  });

  test('attempts grow apart, and a nudge comes before them', () => {
    const { link } = open();
    const waits: number[] = [];
    let now = 0;
    for (let attempt = 0; attempt < 6; attempt++) {
      link.closed(now);
      waits.push((link.wakeAt() ?? 0) - now);
      now = link.wakeAt() ?? 0;
      link.wake(now);
    }
    expect(waits).toEqual([375, 750, 1_500, 3_000, 3_750, 3_750]);
    link.closed(now);
    drain(link);
    link.nudge(now + 1);
    expect(kinds(drain(link))).toEqual(['state', 'connect']);
  });

  test('a goodbye of the server starts a new link', () => {
    const { link, far } = open();
    link.receive(5, JSON.stringify(far.say({ type: 'goodbye', reason: 'shutdown' })));
    expect(kinds(drain(link))).toEqual(['frame', 'close', 'lost', 'state']);
    expect(link.state).toBe('waiting');
  });

  test('more than 256 unacknowledged frames end the link', () => {
    const { link } = open();
    for (let count = 0; count < 256; count++) {
      expect(link.send(1, { type: 'mute', call: 'c', muted: true })).toBe(count + 1);
    }
    expect(link.send(1, { type: 'mute', call: 'c', muted: true })).toBeUndefined();
    expect(kinds(drain(link))).toContain('lost');
  });

  test('a gap in the numbers is never passed over', () => {
    const { link } = open();
    link.receive(1, '{"type":"registered","seq":2,"devices":1}');
    const outputs = drain(link);
    expect(kinds(outputs)).toEqual(['close', 'state']);
    expect(outputs[0]).toEqual({ kind: 'close', code: 4400 });
  });
});

describe('heartbeat', () => {
  test('an idle page pings, a silent server is disconnected', () => {
    const { link } = open();
    link.wake(15_000);
    expect(sent(drain(link))).toEqual([{ type: 'ping', received: 0 }]);
    link.wake(30_000);
    drain(link);
    expect(link.wakeAt()).toBe(37_500);
    link.wake(37_500);
    expect(drain(link)).toContainEqual({ kind: 'close', code: 4408 });
  });

  test('after a sleep the server is pinged before it is given up', () => {
    const { link } = open();
    link.wake(600_000);
    expect(sent(drain(link))).toEqual([{ type: 'ping', received: 0 }]);
    expect(link.state).toBe('open');
    expect(link.wakeAt()).toBe(604_000);
    link.receive(601_000, '{"type":"pong","received":0}');
    link.wake(604_000);
    expect(link.state).toBe('open');
  });

  test('a nudge finds a dead link within four seconds', () => {
    const { link } = open();
    link.nudge(1_000);
    expect(sent(drain(link))).toEqual([{ type: 'ping', received: 0 }]);
    link.wake(5_000);
    expect(link.state).toBe('waiting');
  });

  test('frames are acknowledged a second after they came, or at the sixteenth', () => {
    const { link, far } = open();
    link.receive(100, JSON.stringify(far.say({ type: 'registered', devices: 1 })));
    drain(link);
    expect(link.wakeAt()).toBe(1_100);
    link.wake(1_100);
    expect(sent(drain(link))).toEqual([{ type: 'ack', received: 1 }]);
    for (let count = 2; count <= 17; count++) {
      link.receive(1_200, JSON.stringify(far.say({ type: 'registered', devices: 1 })));
    }
    expect(sent(drain(link))).toEqual([{ type: 'ack', received: 17 }]);
  });

  test('a pong acknowledges the received frames', () => {
    const { link, far } = open();
    link.receive(1, JSON.stringify(far.say({ type: 'unregistered' })));
    link.receive(2, '{"type":"ping","received":0}');
    expect(sent(drain(link))).toEqual([{ type: 'pong', received: 1 }]);
  });
});

describe('invalid input', () => {
  test('unknown types are counted, answered and change nothing', () => {
    const { link } = open();
    link.receive(1, '{"type":"fax","seq":1}');
    expect(sent(drain(link))).toEqual([
      { type: 'error', code: 'unknown-type', message: 'not known to this SDK', ref: 1 },
    ]);
    link.receive(2, '{"type":"unregistered","seq":2}');
    expect(kinds(drain(link))).toEqual(['frame']);
  });

  test.each([
    '',
    'null',
    '[]',
    '{',
    '"x"',
    '{"type":1}',
    `"${'x'.repeat(70_000)}"`,
  ])('invalid text (%#) closes the socket, not the link', (text) => {
    const { link } = open();
    link.receive(1, text);
    expect(drain(link)[0]).toEqual({ kind: 'close', code: 4400 });
    expect(link.state).toBe('waiting');
  });

  test('an acknowledgement of unsent frames starts a new link', () => {
    const { link } = open();
    link.receive(1, '{"type":"ack","received":9}');
    expect(kinds(drain(link))).toContain('lost');
  });

  test('a frame over the limit is not sent at all', () => {
    const { link } = open();
    const body = 'ä'.repeat(40_000);
    const frame = {
      type: 'message',
      call: 'c',
      id: 'm',
      content_type: 'text/plain',
      body,
    } as const;
    expect(link.send(1, frame)).toBeUndefined();
    expect(drain(link)).toEqual([]);
    expect(link.send(1, { type: 'register' })).toBe(1);
  });

  test('nothing happens after the end', () => {
    const { link } = open();
    link.end(1);
    expect(sent(drain(link))).toEqual([{ type: 'goodbye', seq: 1 }]);
    link.receive(2, '{"type":"unregistered","seq":1}');
    link.closed(3);
    link.wake(99_999);
    link.nudge(99_999);
    expect(link.send(4, { type: 'register' })).toBeUndefined();
    expect(drain(link)).toEqual([]);
    expect(link.wakeAt()).toBeUndefined();
  });
});

describe('probing', () => {
  test('a socket that answers probes stays', () => {
    const { link, far } = open();
    for (let at = 1_000; at < 60_000; at += 6_000) {
      link.probe(at);
      const asked = drain(link);
      expect(sent(asked)).toEqual([{ type: 'ping', received: 0 }]);
      for (const frame of far.take(JSON.stringify(sent(asked)[0]))) {
        link.receive(at + 100, JSON.stringify(frame));
      }
      link.wake(at + 750);
      expect(kinds(drain(link))).not.toContain('close');
      expect(link.state).toBe('open');
    }
  });

  test('a socket that does not answer is replaced at once', () => {
    const { link } = open();
    link.probe(1_000);
    link.probe(1_500);
    drain(link);
    expect(link.wakeAt()).toBe(1_750);
    link.wake(1_750);
    expect(kinds(drain(link)).filter((kind) => kind !== 'received')).toEqual([
      'close',
      'state',
      'state',
      'connect',
    ]);
    expect(link.state).toBe('connecting');
  });

  test('a far server has several round trips to answer in', () => {
    const far = new FakeLinkServer();
    const link = fresh();
    link.start(0);
    far.connected();
    link.opened(0);
    for (const hello of sent(drain(link))) {
      for (const frame of far.take(JSON.stringify(hello))) link.receive(600, JSON.stringify(frame));
    }
    link.probe(1_000);
    expect(link.wakeAt()).toBe(3_400);
  });
});

test('a lost link is retried often enough to be back soon after the network', () => {
  const { link } = open();
  link.closed(0);
  drain(link);
  let last = 0;
  for (let at = link.wakeAt(); at !== undefined && at < 600_000; at = link.wakeAt()) {
    link.wake(at);
    if (!kinds(drain(link)).includes('connect')) continue;
    expect(at - last, 'between two attempts').toBeLessThanOrEqual(12_000);
    last = at;
    link.closed(at);
    drain(link);
  }
  expect(last).toBeGreaterThan(500_000);
});
