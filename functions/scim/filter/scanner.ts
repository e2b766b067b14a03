/** Reads the words, literals and brackets of a filter or path, each character once. */
import { ScimError, type ScimReason } from '../scim-error';
import { limits } from '../limits';

/** Characters that end a word. */
const delimiters = new Set([' ', '\t', '(', ')', '[', ']', '"']);

export class Scanner {
  position = 0;

  constructor(
    private readonly text: string,
    private readonly reason: ScimReason,
  ) {
    if (text.length > limits.filterLength)
      throw this.error(
        `has ${text.length} characters, more than ${limits.filterLength}`,
        'Shorten it.',
      );
  }

  get atEnd(): boolean {
    this.skipSpaces();
    return this.position >= this.text.length;
  }

  /** The next character after spaces; undefined at the end. */
  peek(): string | undefined {
    this.skipSpaces();
    return this.text[this.position];
  }

  /** Whether the character directly at the position is this one. Takes it if so. */
  takeDirectly(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  take(character: string): boolean {
    this.skipSpaces();
    return this.takeDirectly(character);
  }

  /** Empty if a delimiter or the end follows. */
  word(): string {
    this.skipSpaces();
    const start = this.position;
    while (this.position < this.text.length && !delimiters.has(this.text[this.position]!))
      this.position++;
    return this.text.slice(start, this.position);
  }

  /** Takes the next word if it is this one, ignoring case. */
  takeWord(wanted: string): boolean {
    const start = this.position;
    if (this.word().toLowerCase() === wanted) return true;
    this.position = start;
    return false;
  }

  /** A JSON text in double quotes. The position is at the first quote. */
  quoted(): string {
    const start = this.position++;
    while (this.position < this.text.length && this.text[this.position] !== '"')
      this.position += this.text[this.position] === '\\' ? 2 : 1;
    if (this.position >= this.text.length)
      throw this.error('has a text without its closing quote', 'Close it with a double quote.');
    const literal = this.text.slice(start, ++this.position);
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw this.error('has a text that is not valid JSON', 'Escape it as JSON does.');
    }
  }

  /** Names the position, never the text around it: it may hold personal data. */
  error(problem: string, advice: string, attribute?: string): ScimError {
    const subject = this.reason === 'invalidPath' ? 'path' : 'filter';
    return new ScimError(
      this.reason,
      `The ${subject} ${problem} (character ${this.position + 1}). ${advice}`,
      attribute,
    );
  }

  private skipSpaces(): void {
    while (this.text[this.position] === ' ' || this.text[this.position] === '\t') this.position++;
  }
}
