import { deviceFlow } from '../../functions/oauth/device-orchestrator';
import { replay } from '../support/replay';

const input = {
  tenantId: 't',
  connectorId: 'c1',
  sessionId: 's1',
  intervalSeconds: 5,
};
/** Results of the step in order. The last one repeats. */
const polls = (...results: unknown[]) => {
  const inputs: unknown[] = [];
  return (input: unknown) => {
    inputs.push(input);
    const result = results[Math.min(inputs.length, results.length) - 1];
    if (result instanceof Error) throw result;
    return { done: result };
  };
};
const pending = { done: false };
const done = { done: true };

describe('deviceFlow', () => {
  it('polls at least an interval apart until the sign-in is done', () => {
    const pollDevice = polls(pending, done);

    const { timers, calls, error } = replay(deviceFlow, input, { pollDevice });

    expect(error).toBeUndefined();
    expect(timers).toEqual(['2026-01-15T12:00:06.000Z', '2026-01-15T12:00:12.000Z']);
    expect(calls.map(({ input }) => input)).toEqual([input, input]);
  });

  it('adds five seconds to the interval on slow_down', () => {
    const pollDevice = polls({ done: false, slowDown: true }, pending, done);

    const { timers } = replay(deviceFlow, input, { pollDevice });

    expect(timers).toEqual([
      '2026-01-15T12:00:06.000Z',
      '2026-01-15T12:00:17.000Z',
      '2026-01-15T12:00:28.000Z',
    ]);
  });

  it('polls at once when the session is cancelled', () => {
    const { timers, calls } = replay(deviceFlow, input, {
      pollDevice: polls(done),
      cancel: () => true,
    });

    expect(timers).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it('continues after a failure of storage', () => {
    const pollDevice = polls(new Error('storage'), done);

    const { error, calls } = replay(deviceFlow, input, { pollDevice });

    expect(error).toBeUndefined();
    expect(calls).toHaveLength(2);
  });

  it('fails if storage is down for half a day', () => {
    const late = { ...input, intervalSeconds: 605 };

    const { error } = replay(deviceFlow, late, { pollDevice: polls(new Error('storage')) });

    expect(String(error)).toContain('storage');
  });

  it('continues as new after sixty polls with its interval', () => {
    const { continuedAs, calls } = replay(deviceFlow, input, { pollDevice: polls(pending) });

    expect(calls).toHaveLength(60);
    expect(continuedAs).toEqual(input);
  });
});
