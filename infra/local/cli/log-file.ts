/**
 * Writes the log of the Functions host to a file in the data folder. Each start replaces the file.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export interface LogFile {
  readonly path: string;
  write(line: string): void;
}

/** The file is created with the first line, when the data folder is ready. */
export function createLogFile(dataFolder: string): LogFile {
  const path = join(dataFolder, 'host.log');
  let stream: WriteStream | undefined;
  return {
    path,
    write(line) {
      stream ??= createWriteStream(path, { mode: 0o600 });
      stream.write(`${stripVTControlCharacters(line)}\n`);
    },
  };
}
