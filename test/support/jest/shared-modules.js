/**
 * Evaluates a module once per worker instead of once per test file, because loading the SDKs and
 * the endpoints takes longer than most files take to run. No test replaces modules, and a module of
 * the product keeps nothing but caches, so that sharing them changes no result.
 */
const { default: Runtime } = require('jest-runtime');

/** Keeps the managed identity that it finds first, with its address, so each file loads its own. */
const identityClient = /[\\/]node_modules[\\/]@azure[\\/](identity|msal-\w+)[\\/]/;

const modules = new Map();
const sourceMaps = new Map();

module.exports = class SharedModulesRuntime extends Runtime {
  #isSharing;
  #testPath;

  constructor(...args) {
    super(...args);
    const [, , , , , { collectCoverage }, testPath] = args;
    // Coverage is counted per file, from the modules that the file has loaded.
    this.#isSharing = !collectCoverage;
    this.#testPath = testPath;
    if (!this.#isSharing) return;
    this.registries.moduleRegistry = modules;
    this.transformCache.sourceMaps = sourceMaps;
  }

  /** Drops all that belongs to the file. Modules stay, and may load others later on. */
  teardown() {
    if (!this.#isSharing) return super.teardown();
    for (const path of modules.keys())
      if (path === this.#testPath || identityClient.test(path)) modules.delete(path);
    this.registries.moduleRegistry = new Map();
    super.teardown();
    this.registries.moduleRegistry = modules;
    this.testState.enterTestCode();
  }
};
