/**
 * Checks the words of code, tests and documents: some words are not used, old names are gone, and
 * titles of tests are short.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { oldNames } from './support/old-names';

const root = join(__dirname, '..');

/** Generated and copied files, and the two files that must name what they forbid. */
const ignored =
  /(^|\/)(node_modules|dist|coverage|\.git|\.local|fixtures)\/|^infra\/local\/seed\/factories\/|^test\/(english\.test|support\/old-names)\.ts$/;
const textFile = /\.(ts|tsx|mjs|js|jsonc?|bicep|bicepparam|http|md|ya?ml)$/;

/** Written so that a search for one of the words finds no line of this file. */
const forbiddenWords =
  /\b(whom?(?:ever)|what(?:ever)|(?:no|some|every|any)(?:body)|stand-?ins?|surroundings)\b/gi;

/** Units are `…Ms`, `…Seconds`, `…Days`. Property names of Azure and its SDKs are exempt. */
const oldUnits =
  /\b(?!(?:(?:softDeleteR|r)etentionInDays|(?:maxR|r)etryDelayInMs|intervalInMs|retryAfterInMs|timeoutInSeconds|waitTimeInSeconds|retryIntervalInSeconds|retentionPeriodInDays)\b)\w+In(?:Ms|Seconds|Minutes|Days)\b/g;

/** Path parameters carry their noun: `{connectorId}`, `{syncRunId}`, `{sessionId}`. */
const oldPathParameters = /(?<=\/)\{(?:id|runId|sid)\}/g;

const oldNamePattern = new RegExp(
  `(?<![\\w-])(?:${Object.keys(oldNames).join('|')})(?![\\w-])`,
  'g',
);

const ownFiles = ['functions', 'infra', 'test']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  )
  .concat(readdirSync(root).filter((name) => name.endsWith('.md')))
  .filter((file) => textFile.test(file) && !ignored.test(file))
  .sort();

type Advice = (found: string) => string;
const none: Advice = () => '';

const findings = (pattern: RegExp, files: readonly string[], advice = none): string[] =>
  files.flatMap((file) => findingsIn(file, read(file), pattern, advice));

/** One line per finding: file, line, the word and what to say instead. */
function findingsIn(file: string, text: string, pattern: RegExp, advice = none): string[] {
  // Nearly every file has none, and one search takes less than one for each line.
  if (text.search(pattern) < 0) return [];
  return text
    .split('\n')
    .flatMap((line, index) =>
      Array.from(
        line.matchAll(pattern),
        ([found]) => `${file}:${index + 1} ${found}${advice(found)}`,
      ),
    );
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the words of the project', () => {
  /** The changelog tells operators which names were replaced. */
  const withoutChangelog = ownFiles.filter((file) => file !== 'CHANGELOG.md');

  it('exclude the forbidden words', () => {
    expect(findings(forbiddenWords, ownFiles)).toEqual([]);
  });

  it('exclude old names', () => {
    const advice: Advice = (found) => `: say ${oldNames[found]}`;

    expect(findings(oldNamePattern, withoutChangelog, advice)).toEqual([]);
  });

  it('exclude units with "In"', () => {
    expect(findings(oldUnits, withoutChangelog)).toEqual([]);
  });

  it('exclude path parameters without a noun', () => {
    const ours = withoutChangelog.filter((file) => !/^(infra|test\/(?!requests\/))/.test(file));

    expect(findings(oldPathParameters, ours)).toEqual([]);
  });
});

/** The title of a case: the text before its function. */
const title = /(?:\bit\(|\)\()\s*'((?:\\.|[^'\\\n])+)',\s*(?:async )?\(/g;
const titlesIn = (text: string) => Array.from(text.matchAll(title), ([, found]) => found!);
const isTooLong = (text: string) => text.split(' ').length > 12;

describe('the titles of tests', () => {
  it('have at most twelve words', () => {
    const titles = ownFiles
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) => titlesIn(read(file)));

    expect(titles.length).toBeGreaterThan(1_000);
    expect(titles.filter(isTooLong)).toEqual([]);
  });

  it('are found in cases and tables of cases', () => {
    const text = "it('one', () => {}); it.each([1])('two %i', async (n) => {});";

    expect(titlesIn(text)).toEqual(['one', 'two %i']);
  });
});

describe('findingsIn', () => {
  it('names file, line and replacement', () => {
    const text = 'first line\nthrow new OutageError();';

    const found = findingsIn('a.ts', text, oldNamePattern, (name) => `: say ${oldNames[name]}`);

    expect(found).toEqual(['a.ts:2 OutageError: say ServiceUnavailableError']);
  });

  it.each([
    ['No' + 'body reads this.', forbiddenWords],
    ['a stand-in for Entra', forbiddenWords],
    ['timeoutInMs', oldUnits],
    ['/connectors/{id}', oldPathParameters],
  ])('rejects "%s"', (text, pattern) => {
    expect(findingsIn('a.md', text, pattern)).toHaveLength(1);
  });

  it.each([
    ['softDeleteRetentionInDays', oldUnits],
    ['marginMs', oldUnits],
    ['`/connectors/${id}`', oldPathParameters],
    ['no body', forbiddenWords],
  ])('accepts "%s"', (text, pattern) => {
    expect(findingsIn('a.md', text, pattern)).toEqual([]);
  });
});
