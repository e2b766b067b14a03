import { SupersededError } from '../errors/app-error';

/** Error of a step whose run history another step writes by now. */
export const superseded = (cause?: unknown) =>
  new SupersededError(
    'run_history_writer_superseded',
    'Another step writes this run history by now. The retry of this step reads it again.',
    { cause },
  );
