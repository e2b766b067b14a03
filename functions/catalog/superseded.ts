import { SupersededError } from '../errors/app-error';

/** Error of a step whose kind another step writes by now. */
export const superseded = (cause?: unknown) =>
  new SupersededError(
    'catalog_writer_superseded',
    'Another step writes these resources by now. The retry of this step reads them again.',
    { cause },
  );
