/**
 * Order of the test files: end-to-end tests, contracts, unit tests. Within a kind jest's own order:
 * failed before, then longest before, or largest where no duration is known. On a clean clone no
 * duration is known, so the longest end-to-end files are listed here.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const kinds = ['e2e', 'contracts', 'unit'];
const longest = ['chaos', 'kill-points', 'throttling', 'lifecycle', 'filters', 'sizes', 'progress'];

const rankOf = ({ path, context, duration }) => {
  const kind = kinds.indexOf(context.config.displayName?.name);
  const listed = longest.findIndex((name) => path.endsWith(`/e2e/${name}.test.ts`));
  return kind * 100 + (duration === undefined && listed >= 0 ? listed : longest.length);
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
};
