import { UpstreamError } from '../errors/app-error';

/** Thrown if a continuation leads back to a page that was read before. */
export const pageLoop = () =>
  new UpstreamError(
    'run_query_page_loop',
    'A run query of Azure leads back to an earlier page. Report this error to the operator.',
    false,
  );
