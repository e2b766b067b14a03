import { bufferedOutput } from '../../infra/local/function-app/buffered-output';

describe('buffered output', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('writes the texts of a moment at once, in their order', () => {
    const written: string[] = [];
    const output = bufferedOutput((text) => written.push(text));

    output.write('a\n');
    output.write('b\n');
    const early = [...written];
    jest.advanceTimersByTime(20);
    output.write('c\n');
    jest.advanceTimersByTime(20);

    expect([early, written]).toEqual([[], ['a\nb\n', 'c\n']]);
  });

  it('writes the rest once when it is flushed', () => {
    const written: string[] = [];
    const output = bufferedOutput((text) => written.push(text));

    output.write('a\n');
    output.flush();
    output.flush();
    jest.advanceTimersByTime(20);

    expect(written).toEqual(['a\n']);
  });
});
