/** Calls from the first ring to the last word. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import { connect, type PlivoEnv } from './test-env.js';

/** A UUID as the vendor writes it. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A call's description, as it leaves the page. */
type View = Record<string, unknown>;

/** Declares the rows. */
export const calls = rows((surface, env: () => PlivoEnv) => {
  surface.row(
    [
      'method.call',
      'method.answer',
      'method.hangup',
      'event.onCalling',
      'event.onCallRemoteRinging',
      'event.onIncomingCall',
      'event.onCallAnswered',
      'event.onMediaConnected',
      'event.onCallTerminated',
    ],
    'both sides emit the events of a call in the documented order',
    async () => {
      const alice = await env().inside('alice');
      const bob = await env().inside('bob');
      expect(await alice.does('call', ' bo b ', { 'X-PH-Shoe': 'left' })).toBe(true);
      const [caller, headers, call, name] = await bob.until('onIncomingCall');
      expect(caller).toBe('alice@phone.plivo.com');
      expect(headers).toEqual({ 'X-Ph-Colour': 'red' });
      expect(name).toBe('Alice A.');
      const { callUUID } = call as { callUUID: string };
      expect(await bob.does('answer', callUUID)).toBe(true);
      await Promise.all([
        alice.until('onMediaConnected'),
        alice.until('onCallAnswered'),
        bob.until('onMediaConnected'),
      ]);
      expect(await alice.does('hangup')).toBe(true);
      await Promise.all([alice.until('onCallTerminated'), bob.until('onCallTerminated')]);
      const hers = await alice.events();
      expect(hers.slice(0, 2)).toEqual(['onCalling', 'onCallRemoteRinging']);
      // Sound may flow before the answer, as the vendor's does.
      expect(hers.slice(2, 4).toSorted()).toEqual(['onCallAnswered', 'onMediaConnected']);
      expect(hers.slice(4)).toEqual(['onCallTerminated']);
      expect(await bob.events()).toEqual([
        'onIncomingCall',
        'onCallAnswered',
        'onMediaConnected',
        'onCallTerminated',
      ]);
      expect(await alice.does('hangup')).toBe(false);
      const asked = env().asked('alice').at(-1)?.fields;
      expect(asked).toMatchObject({ 'X-PH-Shoe': 'left', To: 'sip:bob@phone.plivo.com' });
    },
  );

  surface.row(
    [
      'call-info.callUUID',
      'call-info.direction',
      'call-info.src',
      'call-info.dest',
      'call-info.extraHeaders',
      'call-info.state',
      'call-info.Reason',
      'call-info.Protocol',
      'call-info.Code',
      'call-info.Originator',
      'call-state.ringing',
      'call-state.answered',
      'call-state.ended',
    ],
    'a call is described alike to both, in the spelling of the page and of the product',
    async () => {
      const [alice, bob] = await env().talking();
      await bob.does('hangup');
      const [[ended, hers], [over, his]] = (await Promise.all([
        alice.until('onCallTerminated'),
        bob.until('onCallTerminated'),
      ])) as unknown as [[View, View], [View, View]];
      const [ringing] = (await alice.until('onCallRemoteRinging')) as [View];
      const [answered] = (await alice.until('onCallAnswered')) as [View];
      expect(ringing).toMatchObject({
        callUUID: expect.stringMatching(UUID),
        direction: 'outgoing',
        Direction: 'OUTGOING',
        src: 'sip:alice@phone.plivo.com',
        dest: 'bob',
        state: 'ringing',
        extraHeaders: { 'X-PH-Shoe': 'left' },
        stirShakenState: 'Not_applicable',
        originator: 'local',
        protocol: 'none',
        reason: 'none',
        code: -1,
      });
      expect(answered).toEqual({ ...ringing, state: 'answered' });
      expect(env().asked('alice').at(-1)?.fields['CallUUID']).toBe(ringing.callUUID);
      expect(over).toEqual({ originator: 'local', reason: 'Terminated' });
      expect(ended).toEqual({ originator: 'remote', reason: 'Terminated' });
      expect(hers).toMatchObject({
        callUUID: ringing.callUUID,
        state: 'ended',
        Originator: 'remote',
        Protocol: 'Q.850',
        Reason: 'NORMAL_CLEARING',
        Code: 16,
        originator: 'remote',
        protocol: 'Q.850',
        reason: 'NORMAL_CLEARING',
        code: 16,
      });
      expect(his).toMatchObject({
        callUUID: expect.stringMatching(UUID),
        direction: 'incoming',
        Direction: 'INCOMING',
        src: 'alice',
        dest: 'sip:bob@phone.plivo.com',
        extraHeaders: { 'X-Ph-Colour': 'red' },
        state: 'ended',
        Originator: 'local',
        Protocol: 'none',
        Reason: 'Terminated',
        Code: 11001,
      });
    },
  );

  surface.row(
    [
      'method.getCallUUID',
      'method.getLastCallUUID',
      'method.getPeerConnection',
      'method.mute',
      'method.unmute',
      'method.sendDtmf',
      'event.onDtmfReceived',
    ],
    'what is done in a call is done to that call',
    async () => {
      const idlePhone = await env().phone();
      expect(await idlePhone.does('getCallUUID')).toBeNull();
      expect(await idlePhone.does('getLastCallUUID')).toBeNull();
      expect(await idlePhone.does('mute')).toBe(false);
      expect(await idlePhone.does('unmute')).toBe(false);
      const idle = await idlePhone.run(() => window.plivoPage.client.getPeerConnection());
      expect(idle).toEqual({ status: 'called in wrong state', pc: null });

      const [alice, bob] = await env().talking();
      const id = await alice.does('getCallUUID');
      expect(id).toMatch(UUID);
      expect(await alice.does('getLastCallUUID')).toBe(id);
      const path = await alice.run(() => {
        const { status, pc } = window.plivoPage.client.getPeerConnection();
        return {
          status,
          state: pc?.connectionState,
          same: pc === window.plivoPage.doctor.made.at(-1),
        };
      });
      expect(path).toEqual({ status: 'success', state: 'connected', same: true });

      const audible = (): Promise<boolean | undefined> =>
        alice.run(() => {
          const [sender] = window.plivoPage.client.getPeerConnection().pc?.getSenders() ?? [];
          return sender?.track?.enabled;
        });
      expect(await alice.does('mute')).toBe(true);
      expect(await audible()).toBe(false);
      expect(await alice.does('unmute')).toBe(true);
      expect(await audible()).toBe(true);

      await alice.run(() => {
        for (const digit of ['5', 7, '*', '#']) window.plivoPage.client.sendDtmf(digit);
        for (const none of ['12', 'A', '', 10]) window.plivoPage.client.sendDtmf(none);
      });
      await bob.until('onDtmfReceived', 4);
      const tones = (await bob.emitted()).filter(({ event }) => event === 'onDtmfReceived');
      const pressed = tones.map(({ values }) => values[0] as { tone: string; duration: number });
      expect(pressed.map(({ tone }) => tone)).toEqual(['5', '7', '*', '#']);
      for (const { duration } of pressed) expect(duration).toBeGreaterThan(39);
      expect(await alice.run(() => window.plivoPage.keys)).toEqual(['5', '7', '*', '#']);

      await alice.does('hangup');
      await alice.until('onCallTerminated');
      expect(await alice.does('getCallUUID')).toBeNull();
      expect(await alice.does('getLastCallUUID')).toBe(id);
    },
  );

  surface.row('method.mute', 'before a call is remembered for it', async () => {
    const alice = await env().inside('alice');
    const bob = await env().inside('bob');
    await alice.does('mute');
    await connect(alice, bob);
    const enabled = await alice.run(
      () => window.plivoPage.client.getPeerConnection().pc?.getSenders()[0]?.track?.enabled,
    );
    expect(enabled).toBe(false);
  });

  surface.row('method.getCallUUID', 'still names the call while its end is emitted', async () => {
    const [alice] = await env().talking();
    await alice.run(() => {
      window.plivoPage.client.on('onCallTerminated', (_hangup, { callUUID }) => {
        (window as { same?: boolean }).same = window.plivoPage.client.getCallUUID() === callUUID;
      });
      window.plivoPage.client.hangup();
    });
    expect(await alice.run(() => (window as { same?: boolean }).same)).toBe(true);
  });

  surface.row(
    'event.remoteAudioStatus',
    'reports when audio of the other party stops arriving, and when it arrives again',
    async () => {
      const [alice, bob] = await env().talking();
      // Nothing is missed of somebody who has not said anything yet.
      const said = (): Promise<number | undefined> =>
        alice.run(
          async () => (await window.plivoPage.client.callSession?.packetStats())?.remote?.received,
        );
      await expect.poll(said, { timeout: 10_000 }).toBeGreaterThan(20);
      await bob.run(async () => {
        const [sender] = window.plivoPage.client.getPeerConnection().pc?.getSenders() ?? [];
        const track = sender?.track ?? null;
        await sender?.replaceTrack(null);
        (window as { back?: () => unknown }).back = () => sender?.replaceTrack(track);
      });
      expect(await alice.until('remoteAudioStatus', 1, 30_000)).toEqual([false]);
      await bob.run(() => void (window as { back?: () => unknown }).back?.());
      expect(await alice.until('remoteAudioStatus', 2)).toEqual([true]);
    },
  );
});
