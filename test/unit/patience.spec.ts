import { jest } from '@jest/globals';
import { Patience } from '../../src/model/patience.js';

let patience: Patience;
beforeEach(() => {
  jest.useFakeTimers();
  patience = new Patience(1000, 5000);
});
afterEach(() => jest.useRealTimers());

it('ends when nothing comes', () => {
  jest.advanceTimersByTime(999);
  expect(patience.signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(patience.signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('lasts as long as something comes, and no longer than in all', () => {
  for (let elapsed = 0; elapsed < 4500; elapsed += 900) {
    jest.advanceTimersByTime(900);
    expect(patience.signal.aborted).toBe(false);
    patience.renew();
  }
  jest.advanceTimersByTime(500);
  expect(patience.signal.aborted).toBe(true);
});

it('does not end what has come to its end', () => {
  patience.end();
  jest.advanceTimersByTime(10_000);
  expect(patience.signal.aborted).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});
