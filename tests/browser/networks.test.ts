/** A browser in a network of its own: it moves in the middle of a call, its UDP is blocked, or all but a relay is. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumArguments, chromiumPath } from './browsers.js';
import { hearEachOther, hears, talk } from './conversation.js';
import type { Person } from './person.js';
import { DIALECTS, TestEnv } from './test-env.js';

const SPACE = `offhook-${process.pid}`;
/** The two ends of the wire between the networks; names have at most 15 letters. */
const OUTER = `oh-out-${process.pid}`;
const INNER = `oh-in-${process.pid}`;
/** A network that this machine has not got yet: with the same one twice, answers would leave by the other wire. */
const NETWORK = freeNetwork();
const OUTSIDE = `${NETWORK}.1`;
const FIRST = `${NETWORK}.2`;
const SECOND = `${NETWORK}.3`;
const ALICE_HZ = 620;
const BOB_HZ = 1_170;
/** Where coturn is, the only host that the browser can reach in some tests. */
const RELAY = { url: `turn:${OUTSIDE}:3478?transport=udp`, secret: 'the relay of a test' };
const CHAINS = ['INPUT', 'OUTPUT'];
/** How long a call of these tests may be without a path; the server's default is 30. */
const RECOVERY_S = 10;
/** How long a page and the server look for each other; the server's default is 60. */
const RESUME_S = 15;
/** How long it may take to find the one path that is open. */
const FOUND_MS = 10_000;

declare global {
  interface Window {
    paths?: string[];
  }
}

let env: TestEnv;
let relay: ChildProcess;
let folder: string;
let browsers: Browser[] = [];
let alice: Person;
let bob: Person;

function root(...words: string[]): string {
  return execFileSync(words[0] ?? '', words.slice(1), { stdio: 'pipe', encoding: 'utf8' });
}
const inside = (...words: string[]): string => root('ip', 'netns', 'exec', SPACE, ...words);

/** The first three numbers of a /24 that no interface here has an address in, another for each run at a time. */
function freeNetwork(): string {
  const taken = root('ip', '-o', '-4', 'addr', 'show');
  for (let number = 0; number < 256; number++) {
    const network = `10.77.${(process.pid + number) % 256}`;
    if (!taken.includes(` ${network}.`)) return network;
  }
  throw new Error('every network from 10.77.0.0/24 to 10.77.255.0/24 is taken on this machine');
}

/** Debian's coturn, with nothing but what relaying needs. */
function startRelay(): ChildProcess {
  const settings = {
    'listening-ip': OUTSIDE,
    'relay-ip': OUTSIDE,
    'listening-port': 3478,
    realm: 'offhook.example',
    'static-auth-secret': RELAY.secret,
    'log-file': 'stdout',
    pidfile: '/dev/null',
  };
  const words = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const flags = ['-n', '--use-auth-secret', '--no-cli', '--no-tls', '--no-dtls', '--simple-log'];
  return spawn('turnserver', [...flags, ...words], { stdio: 'ignore' });
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'making a network needs root: run `sudo make test`, or this file alone as root',
    );
  }
  root('ip', 'netns', 'add', SPACE);
  root('ip', 'link', 'add', OUTER, 'type', 'veth', 'peer', 'name', INNER);
  root('ip', 'link', 'set', INNER, 'netns', SPACE);
  root('ip', 'addr', 'add', `${OUTSIDE}/24`, 'dev', OUTER);
  root('ip', 'link', 'set', OUTER, 'up');
  inside('ip', 'addr', 'add', `${FIRST}/24`, 'dev', INNER);
  inside('ip', 'link', 'set', INNER, 'up');
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('ip', 'route', 'add', 'default', 'via', OUTSIDE);
  relay = startRelay();
  const settings = { MEDIA_RECOVERY_S: String(RECOVERY_S), RESTART_WAIT_S: String(RESUME_S) };
  env = await TestEnv.open({ listen: OUTSIDE, relay: RELAY, settings });
  folder = mkdtempSync(join(tmpdir(), 'offhook-browser-'));
  const program = join(folder, 'chromium');
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${SPACE} ${chromiumPath()} "$@"\n`, {
    mode: 0o755,
  });
  const launch = (hz: number, executablePath: string): Promise<Browser> =>
    puppeteer.launch({
      executablePath,
      headless: true,
      // The browser is not on our network: we talk through a pipe.
      pipe: true,
      args: [
        ...chromiumArguments({ hz }),
        `--unsafely-treat-insecure-origin-as-secure=${env.server.url}`,
      ],
    });
  browsers = [await launch(ALICE_HZ, program), await launch(BOB_HZ, chromiumPath())];
  const [hers, his] = browsers as [Browser, Browser];
  const application = await env.application('twilio', DIALECTS.twilio.dial('bob'));
  alice = await env.person(hers, 'alice', ALICE_HZ, application);
  bob = await env.person(his, 'bob', BOB_HZ);
});

afterAll(async () => {
  await env?.close();
  await Promise.allSettled(browsers.map((browser) => browser.close()));
  relay?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
  try {
    root('ip', 'netns', 'del', SPACE);
  } catch {
    // It was never made.
  }
});

const sample = (): Promise<{ transport?: string | undefined; candidate?: string | undefined }> =>
  alice.page.evaluate(async () => {
    const { transport, candidate } = await window.harness.current.sample();
    return { transport, candidate };
  });

test('a client that moves to another address has audio again within seconds', async () => {
  await talk(alice, bob);
  await hears(bob, alice, FOUND_MS);
  expect((await sample()).transport).toBe('udp');
  const since = Date.now();
  inside('ip', 'addr', 'del', `${FIRST}/24`, 'dev', INNER);
  inside('ip', 'addr', 'add', `${SECOND}/24`, 'dev', INNER);
  inside('ip', 'route', 'replace', 'default', 'via', OUTSIDE);
  await alice.page.evaluate(async () => {
    const count = async (): Promise<number> =>
      (await window.harness.current.sample()).packetsReceived;
    let before = await count();
    // The sound has stopped, and then it comes again.
    for (let still = 0; still < 3; ) {
      await new Promise((later) => setTimeout(later, 40));
      const now = await count();
      still = now === before ? still + 1 : 0;
      before = now;
    }
    while ((await count()) === before) await new Promise((later) => setTimeout(later, 20));
  });
  process.stdout.write(`moved to another address: sound is back after ${Date.now() - since} ms\n`);
  await hearEachOther(alice, bob, FOUND_MS);
  await alice.hangUp();
  await bob.does('whenEnded');
});

test('where UDP is blocked the call goes over TCP', async () => {
  inside('iptables', '-A', 'OUTPUT', '-p', 'udp', '-j', 'DROP');
  await talk(alice, bob);
  await hearEachOther(alice, bob, FOUND_MS);
  expect((await sample()).transport).toBe('tcp');
  const report = await alice.page.evaluate(async () => {
    await window.harness.current.hangup();
    const { udp, tcp, verdict } = await window.harness.client.preflight({ seconds: 3 }).done;
    return { udp, tcp, code: verdict.code };
  });
  expect(report).toEqual({ udp: false, tcp: true, code: 'good' });
});

test('where nothing but the relay can be reached the call goes through it', async () => {
  const page = new URL(env.server.url).port;
  inside('iptables', '-F', 'OUTPUT');
  inside('iptables', '-A', 'OUTPUT', '-p', 'udp', '!', '--dport', '3478', '-j', 'DROP');
  inside('iptables', '-A', 'OUTPUT', '-p', 'tcp', '!', '--dport', page, '-j', 'DROP');
  await talk(alice, bob);
  await hearEachOther(alice, bob, FOUND_MS);
  expect(await sample()).toEqual({ transport: 'udp', candidate: 'relay' });
  await alice.hangUp();
  await bob.does('whenEnded');
});

/** What the page has been told of its connection and of its call's path since now. */
const toldSince = async (): Promise<() => Promise<{ client: string[]; audio: string[] }>> => {
  await alice.page.evaluate(() => {
    window.paths = [];
    window.harness.current.on('audio', (state) => window.paths?.push(state));
  });
  const before = (await alice.does('emitted', 'client')).length;
  return async () => ({
    client: (await alice.does('emitted', 'client')).slice(before),
    audio: (await alice.page.evaluate(() => window.paths)) ?? [],
  });
};

test('a call whose media is blocked ends by itself, and its socket stays', async () => {
  const page = new URL(env.server.url).port;
  inside('iptables', '-F', 'OUTPUT');
  const id = await talk(alice, bob);
  await hears(bob, alice, FOUND_MS);
  const emitted = await toldSince();
  const ended = alice.does('whenEnded');
  const began = Date.now();
  inside('iptables', '-A', 'OUTPUT', '-p', 'udp', '-j', 'DROP');
  inside('iptables', '-A', 'OUTPUT', '-p', 'tcp', '!', '--dport', page, '-j', 'DROP');
  expect(await ended).toMatchObject({ cause: 'media-failed', by: 'server' });
  const seconds = (Date.now() - began) / 1_000;
  process.stdout.write(`media blocked: the call ended after ${seconds.toFixed(1)} s\n`);
  expect(seconds).toBeGreaterThan(RECOVERY_S - 1);
  expect(seconds).toBeLessThan(RECOVERY_S + 15);
  expect(await emitted()).toEqual({ client: [], audio: ['interrupted'] });
  expect(await bob.does('whenEnded')).toMatchObject({ by: 'peer' });
  const { legs } = await env.server.record(id);
  expect(legs.find((leg) => leg.peer.includes('alice'))?.cause).toBe('media-failed');
});

test('without any network the call ends, and the page is registered soon after its return', async () => {
  inside('iptables', '-F', 'OUTPUT');
  await talk(alice, bob);
  await hears(bob, alice, FOUND_MS);
  const ended = alice.does('whenEnded');
  const began = Date.now();
  // Packets are dropped; the browser sees no change of its network.
  for (const chain of CHAINS) inside('iptables', '-A', chain, '-j', 'DROP');
  // While the link is down no limit for dead media runs: the server may be the one that is away.
  expect(await ended).toMatchObject({ cause: 'server-lost', by: 'server' });
  expect((Date.now() - began) / 1_000).toBeLessThan(60);
  expect(await alice.page.evaluate(() => window.harness.client.state)).toBe('reconnecting');
  const back = Date.now();
  for (const chain of CHAINS) inside('iptables', '-F', chain);
  await alice.page.evaluate(async () => {
    const { client } = window.harness;
    while (client.state !== 'connected' || !client.registered) {
      await new Promise((later) => setTimeout(later, 50));
    }
  });
  const seconds = (Date.now() - back) / 1_000;
  process.stdout.write(`network back: registered after ${seconds.toFixed(1)} s\n`);
  expect(seconds).toBeLessThan(20);
});
