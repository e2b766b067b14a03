/**
 * Order of the test files: end-to-end tests, contracts, unit tests. Within a kind jest's own order:
 * failed before, then longest before, or largest where no duration is known. On a clean clone no
 * duration is known, so files that take longer than their size tells are listed here.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const kinds = ['e2e', 'contracts', 'unit'];
const longest = [
  'e2e/console',
  'e2e/chaos',
  'e2e/filters',
  'e2e/public-factories',
  'e2e/kill-points',
  'e2e/delta',
  'e2e/failed-lists',
  'e2e/access',
  'e2e/sample-sync',
  'e2e/throttling',
  'e2e/lifecycle',
  'e2e/sync-control',
  'e2e/sizes',
  'e2e/progress',
  'contracts/stores/run-history',
  'contracts/stores/conditional-writes',
  'contracts/stores/lost-responses',
  'contracts/functions-host/durable-recovery',
  'contracts/stores/catalog-store',
  'test/http/fuzz',
  'test/data-factory/redaction/linear-time',
  'test/events/stored-changes',
  'test/durable/replay',
  'test/data-factory/redaction/redact-resource',
  'test/errors/problem-types',
  'test/lineage/public-lineage',
  'test/data-factory/sample-factories',
];

const rankOf = ({ path, context, duration }) => {
  const kind = kinds.indexOf(context.config.displayName?.name);
  const listed = longest.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return kind * 100 + (duration === undefined && listed >= 0 ? listed : longest.length);
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
};
