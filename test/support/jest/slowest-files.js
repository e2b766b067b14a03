/** Prints the ten slowest test files at the end of a run. */
const path = require('node:path');

const shown = 10;

module.exports = class SlowestFiles {
  onRunComplete(_, { testResults }) {
    if (testResults.length <= shown) return;
    const files = testResults
      .map(({ testFilePath, perfStats }) => ({
        file: path.relative(process.cwd(), testFilePath),
        seconds: (perfStats.end - perfStats.start) / 1_000,
      }))
      .sort((one, other) => other.seconds - one.seconds)
      .slice(0, shown);
    const lines = files.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
    process.stderr.write(`\nSlowest files:\n${lines.join('\n')}\n`);
  }
};
