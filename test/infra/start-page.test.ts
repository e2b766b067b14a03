/** The texts that `npm start` prints. */
import type { WriteStream } from 'node:tty';
import { catalogTable } from '../../infra/local/cli/page';
import { createProgressBar } from '../../infra/local/cli/progress-bar';

describe('catalogTable', () => {
  it('lists known kinds in order, others last, and the total', () => {
    const rows = catalogTable({ other: 1, pipeline: 12, factory: 2, dataset: 0 })
      .split('\n')
      .map((line) => line.trim().replace(/\s+/g, ' '))
      .filter((line) => /\d$/.test(line));

    expect(rows).toEqual(['factories 2', 'pipelines 12', 'other 1', 'resources 15']);
  });
});

describe('createProgressBar', () => {
  describe('without a terminal', () => {
    it('prints at most one line in two seconds, and the last one', () => {
      let now = 0;
      const lines: string[] = [];
      const output = { isTTY: false, write: (text: string) => lines.push(text) };
      const bar = createProgressBar({
        output: output as unknown as WriteStream,
        linesOnly: false,
        now: () => now,
      });

      bar.update(0, 'Looking for factories.');
      now = 1_999;
      bar.update(10, 'Reading 1 factory.');
      now = 2_000;
      bar.update(20, 'Reading 2 factories.');
      bar.update(20, 'Reading 2 factories.');
      bar.update(100, 'Succeeded.');
      bar.stop();

      expect(lines).toEqual([
        '    0 %  Looking for factories.\n',
        '   20 %  Reading 2 factories.\n',
        '  100 %  Succeeded.\n',
      ]);
    });
  });
});
