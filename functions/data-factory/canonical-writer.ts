/**
 * Writes canonical JSON as bytes of UTF-8. Data Factory's JSON is mostly short ASCII texts, and a loop copies them
 * faster than strings are joined, encoded and hashed one after another.
 */
import { isList, type Json, type JsonObject } from './json';

const initialBytes = 65_536;
/** A larger buffer is released after use. */
const maxIdleBytes = 1_048_576;
/** A loop copies up to this number of characters faster than a call of the runtime. */
const maxLoopLength = 200;

/** Called with the bytes of a value after they are written. The bytes are valid during the call only. */
export type OnWritten = (value: Json, bytes: Buffer) => void;

class CanonicalWriter {
  private bytes = Buffer.allocUnsafe(initialBytes);
  private length = 0;

  /** Calls `use` with the bytes of the value, which are valid during the call only. */
  withBytes<T>(value: Json, use: (bytes: Buffer) => T, parts?: Parts): T {
    this.length = 0;
    try {
      this.write(value, parts);
      return use(this.bytes.subarray(0, this.length));
    } finally {
      this.clear();
    }
  }

  private write(value: Json, parts: Parts | undefined): void {
    if (typeof value === 'string') this.writeString(value);
    // Converts `undefined` too, which typed records have as members.
    else if (typeof value !== 'object' || value === null)
      this.writeText(String(JSON.stringify(value)));
    else if (parts?.values.has(value) === true) {
      const start = this.length;
      this.writeContainer(value, parts);
      parts.onWritten(value, this.bytes.subarray(start, this.length));
    } else this.writeContainer(value, parts);
  }

  private writeContainer(value: readonly Json[] | JsonObject, parts: Parts | undefined): void {
    if (isList(value)) {
      this.writeByte(openBracket);
      for (let index = 0; index < value.length; index++) {
        if (index > 0) this.writeByte(comma);
        this.write(value[index]!, parts);
      }
      this.writeByte(closeBracket);
      return;
    }
    this.writeByte(openBrace);
    let isFirst = true;
    for (const key of sortedKeys(value)) {
      if (!isFirst) this.writeByte(comma);
      isFirst = false;
      this.writeString(key);
      this.writeByte(colon);
      this.write(value[key]!, parts);
    }
    this.writeByte(closeBrace);
  }

  private writeString(text: string): void {
    if (text.length > maxLoopLength) return this.writeText(JSON.stringify(text));
    this.reserve(text.length + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = quote;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < space || code > tilde || code === quote || code === backslash)
        return this.writeText(JSON.stringify(text));
      bytes[at++] = code;
    }
    bytes[at++] = quote;
    this.length = at;
  }

  private writeText(text: string): void {
    // A character takes at most three bytes.
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  private writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes.fill(0, 0, this.length);
    this.bytes = larger;
  }

  /** The JSON may hold secrets. */
  private clear(): void {
    if (this.bytes.length > maxIdleBytes) this.bytes = Buffer.allocUnsafe(initialBytes);
    else this.bytes.fill(0, 0, this.length);
    this.length = 0;
  }
}

interface Parts {
  readonly values: { has(value: Json): boolean };
  readonly onWritten: OnWritten;
}

const quote = 34;
const comma = 44;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;
const space = 32;
const tilde = 126;

/** Many objects have sorted keys already. */
function sortedKeys(value: JsonObject): string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++)
    if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}

const writer = new CanonicalWriter();

/** Calls `use` with the canonical JSON of a value. The bytes are valid during the call only. */
export const withCanonicalBytes = <T>(value: Json, use: (bytes: Buffer) => T, parts?: Parts): T =>
  writer.withBytes(value, use, parts);
