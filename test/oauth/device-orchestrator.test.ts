import { deviceFlow } from '../../functions/oauth/device-orchestrator';
import { replay } from '../support/replay';

const target = {
  tenantId: 't',
  connectorId: 'c1',
  sessionId: 's1',
  intervalInSeconds: 5,
};
/** Answers of the step, one after the other; the last one stays. */
const looks = (...answers: unknown[]) => {
  const asked: unknown[] = [];
  return (input: unknown) => {
    asked.push(input);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return { done: answer };
  };
};
const waiting = { over: false };
const over = { over: true };

describe('waiting for a sign-in on another device', () => {
  it('given somebody who takes two looks, when they have signed in, then it was asked at the interval', () => {
    const pollDevice = looks(waiting, over);

    const { timers, calls, error } = replay(deviceFlow, target, { pollDevice });

    expect(error).toBeUndefined();
    expect(timers).toEqual(['2026-01-15T12:00:05.000Z', '2026-01-15T12:00:10.000Z']);
    expect(calls.map(({ input }) => input)).toEqual([target, target]);
  });

  it('given that Entra asks for patience, when it goes on, then every further pause is five seconds longer', () => {
    const pollDevice = looks({ over: false, slowDown: true }, waiting, over);

    const { timers } = replay(deviceFlow, target, { pollDevice });

    expect(timers).toEqual([
      '2026-01-15T12:00:05.000Z',
      '2026-01-15T12:00:15.000Z',
      '2026-01-15T12:00:25.000Z',
    ]);
  });

  it('given a cancellation, when it is raised, then it looks at once and ends', () => {
    const { timers, calls } = replay(deviceFlow, target, {
      pollDevice: looks(over),
      cancel: () => true,
    });

    expect(timers).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  it('given storage out of order, when it comes back, then the sign-in goes on', () => {
    const pollDevice = looks(new Error('storage'), over);

    const { error, calls } = replay(deviceFlow, target, { pollDevice });

    expect(error).toBeUndefined();
    expect(calls).toHaveLength(2);
  });

  it('given storage out of order for half a day, when it goes on, then it gives up', () => {
    const late = { ...target, intervalInSeconds: 605 };

    const { error } = replay(deviceFlow, late, { pollDevice: looks(new Error('storage')) });

    expect(String(error)).toContain('storage');
  });

  it('given very many looks, when the history grows, then a new one begins with the pause of the old', () => {
    const { continuedAs, calls } = replay(deviceFlow, target, { pollDevice: looks(waiting) });

    expect(calls).toHaveLength(60);
    expect(continuedAs).toEqual(target);
  });
});
