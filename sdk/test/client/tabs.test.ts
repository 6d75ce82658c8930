/** Of several tabs of one user one makes the ringing sound. */
import { expect, test } from 'vitest';
import { Tabs } from '../../src/client/tabs.js';
import { Party, settle, Time } from './harness.js';

class Tab {
  visible = false;
  changes = 0;
  readonly tabs: Tabs;

  constructor(time: Time, party: Party, tab: string) {
    const platform = {
      timers: { now: () => time.now, after: (ms: number, run: () => void) => time.after(ms, run) },
      visible: () => this.visible,
    };
    this.tabs = new Tabs(platform, tab, party.join(), () => {
      this.changes += 1;
    });
  }
}

function three(): { time: Time; tabs: [Tab, Tab, Tab] } {
  const time = new Time();
  const party = new Party();
  return {
    time,
    tabs: [new Tab(time, party, 'a'), new Tab(time, party, 'b'), new Tab(time, party, 'c')],
  };
}

const audible = (tabs: readonly Tab[]): boolean[] => tabs.map((tab) => tab.tabs.audible);

test('one of them rings, the visible one if there is one', async () => {
  const { time, tabs } = three();
  tabs[2].visible = true;
  for (const { tabs: tab } of tabs) tab.ring(true);
  await time.pass(300);
  expect(audible(tabs)).toEqual([false, false, true]);
  for (const { tabs: tab } of tabs) tab.ring(false);
  await settle();
  expect(audible(tabs)).toEqual([false, false, false]);
});

test('when it is closed another one rings', async () => {
  const { time, tabs } = three();
  for (const { tabs: tab } of tabs) tab.ring(true);
  await time.pass(300);
  expect(audible(tabs)).toEqual([true, false, false]);
  tabs[0].tabs.close();
  await time.pass(1_500);
  expect(audible(tabs.slice(1))).toEqual([true, false]);
});

test('a frozen tab is replaced', async () => {
  const time = new Time();
  const frozen = new Time();
  const party = new Party();
  const [gone, here] = [new Tab(frozen, party, 'a'), new Tab(time, party, 'b')];
  gone.tabs.ring(true);
  here.tabs.ring(true);
  await settle();
  await time.pass(200);
  expect(here.tabs.audible).toBe(false);
  await time.pass(4_000);
  expect(here.tabs.audible).toBe(true);
});

test('a tab that comes later does not ring as well', async () => {
  const { time, tabs } = three();
  tabs[1].tabs.ring(true);
  await time.pass(500);
  expect(tabs[1].tabs.audible).toBe(true);
  tabs[2].tabs.ring(true);
  await time.pass(500);
  expect(audible(tabs)).toEqual([false, true, false]);
  tabs[0].tabs.ring(true);
  await time.pass(2_500);
  expect(audible(tabs).filter(Boolean)).toHaveLength(1);
});

test('a single tab rings at once', () => {
  const platform = {
    timers: { now: () => 0, after: () => () => undefined },
    visible: () => false,
  };
  const alone = new Tabs(platform, 'a', undefined, () => undefined);
  alone.ring(true);
  expect(alone.audible).toBe(true);
});
