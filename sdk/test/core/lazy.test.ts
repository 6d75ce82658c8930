/** Parts that are loaded when they are first asked for: once, and again after a failure. */
import { expect, test } from 'vitest';
import { lazy } from '../../src/core/lazy.js';

test('concurrent requests load a part once', async () => {
  let loads = 0;
  const part = lazy(async () => ({ number: ++loads }));
  expect(loads).toBe(0);
  const [one, two] = await Promise.all([part(), part()]);
  expect(one).toBe(two);
  expect(await part()).toBe(one);
  expect(loads).toBe(1);
});

test('a failed load rejects with its cause, and is tried again', async () => {
  const causes = [new TypeError('no network'), undefined];
  const part = lazy(async () => {
    const cause = causes.shift();
    if (cause) throw cause;
    return 'here';
  });
  await expect(part()).rejects.toMatchObject({
    code: 'not-loaded',
    cause: { message: 'no network' },
  });
  expect(await part()).toBe('here');
});
