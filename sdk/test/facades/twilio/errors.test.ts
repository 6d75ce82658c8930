/** The vendor's error classes, and which of our errors has which. */
import { describe, expect, test } from 'vitest';
import { ending, OffhookError } from '../../../src/core/errors.js';
import * as TwilioError from '../../../src/facades/twilio/errors/index.js';
import {
  deviceError,
  endingError,
  plainError,
} from '../../../src/facades/twilio/errors/mapping.js';

const FAMILIES = [
  TwilioError.AuthorizationErrors,
  TwilioError.SignatureValidationErrors,
  TwilioError.ClientErrors,
  TwilioError.SIPServerErrors,
  TwilioError.GeneralErrors,
  TwilioError.MalformedRequestErrors,
  TwilioError.UserMediaErrors,
  TwilioError.SignalingErrors,
  TwilioError.MediaErrors,
];

describe('a class', () => {
  const all = FAMILIES.flatMap((family) => Object.entries(family));

  test.each(all)('%s has description, causes and solutions', (name, Class) => {
    const error = new Class();
    expect(error).toBeInstanceOf(TwilioError.TwilioError);
    expect(error.name).toBe(name);
    expect(error.message).toBe(`${name} (${error.code}): ${error.explanation}`);
    expect(error.description).not.toBe('');
    expect(error.causes.length).toBeGreaterThan(0);
    expect(error.solutions.length).toBeGreaterThan(0);
    expect(TwilioError.getErrorByCode(error.code)).toBe(Class);
  });

  test('takes a message, what made it, or both', () => {
    const made = { code: 31201 };
    const Class = TwilioError.GeneralErrors.ConnectionError;
    expect(new Class('gone').message).toBe('ConnectionError (31005): gone');
    expect(new Class(made).originalError).toBe(made);
    const both = new Class('gone', made);
    expect([both.message, both.originalError]).toEqual(['ConnectionError (31005): gone', made]);
  });

  test('of a code that has none is an invalid argument', () => {
    expect(TwilioError.hasErrorByCode(12345)).toBe(false);
    expect(() => TwilioError.getErrorByCode(12345)).toThrow(TwilioError.InvalidArgumentError);
  });
});

describe('an error of the server', () => {
  test.each([
    ['invalid-access-token', 20101, 20101],
    ['invalid-access-token-signature', 20101, 31202],
    ['access-token-expired', 20104, 20104],
    ['incoming-not-allowed', 20151, 20151],
    ['identity-missing', 53000, 31105],
    ['expiration-exceeds-max-allowed-time', 53000, 31207],
    ['no-such-call', 53000, 31404],
    ['cannot-connect', 31005, 31005],
    ['blocked', 31206, 31206],
    ['not-connected', 31009, 31009],
    ['microphone-denied', 31401, 31401],
    ['microphone-missing', 31402, 31402],
    ['something-new', 31000, 31000],
  ] as const)('%s is %d, and with precision %d', (code, usual, precise) => {
    const error = new OffhookError(code);
    expect(deviceError(error, false).code).toBe(usual);
    expect(deviceError(error, true).code).toBe(precise);
    expect(deviceError(error, true).originalError).toBe(error);
  });

  test('that is no error of the signalling is a plain one', () => {
    expect(plainError(new OffhookError('bad-argument'), false).name).toBe('InvalidArgumentError');
    expect(plainError(new OffhookError('not-supported'), false).name).toBe('NotSupportedError');
  });
});

describe('a call that ends', () => {
  test.each([
    ['busy', 31005, 31486],
    ['rejected', 31005, 31603],
    ['no-answer', 31005, 31480],
    ['not-found', 31005, 31404],
    ['media-failed', 53405, 53405],
    ['application-error', 31005, 31005],
    ['endpoint-lost', 53001, 53001],
    ['server-lost', 53001, 53001],
    ['server-restarted', 53001, 53001],
  ] as const)('with %s ends with %d, and with precision %d', (cause, usual, precise) => {
    expect(endingError(ending(cause, 'server'), false)?.code).toBe(usual);
    expect(endingError(ending(cause, 'server'), true)?.code).toBe(precise);
  });

  test.each([
    'normal',
    'cancelled',
    'document-ended',
    'time-limit',
    'answered-elsewhere',
  ] as const)('with %s ends without an error', (cause) =>
    expect(endingError(ending(cause, 'server'), true)).toBeUndefined());
});
