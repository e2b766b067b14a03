/**
 * One global scope for all test files of a worker. The modules that `shared-modules.js` keeps hold objects
 * of this scope, so the scope has to stay as long as they do.
 */
const { TestEnvironment: NodeEnvironment } = require('jest-environment-node');

/** Where the runner of a file keeps its tests and their reporters. Each file has its own runner. */
const runnerState = new Set(['JEST_STATE_SYMBOL', 'EVENT_HANDLERS']);

let shared;

module.exports = class SharedEnvironment extends NodeEnvironment {
  constructor(...args) {
    if (shared) return shared;
    super(...args);
    // Jest records what a file sets, to remove it with the scope. This scope stays.
    this._globalProxy.register = () => undefined;
    // On a busy machine, freeing a large heap takes longer than jest waits for the end of a worker.
    process.once('beforeExit', () => process.exit());
    shared = this;
  }

  /** Undoes what a file leaves behind. The runtime restores spies. */
  async teardown() {
    this.fakeTimersModern.useRealTimers();
    for (const symbol of Object.getOwnPropertySymbols(this.global))
      if (runnerState.has(symbol.description)) delete this.global[symbol];
  }
};
