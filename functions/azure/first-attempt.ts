/**
 * Ends the first attempt of a request early. A connection that a gateway has forgotten while it was
 * idle takes the request and never answers. The others of the pool may be forgotten as well, so the
 * repetition uses none of them. It has the rest of the time of the call, because a server may be slow.
 */
import { RestError, type PipelinePolicy } from '@azure/core-rest-pipeline';

/** For the position `perRetry`. */
export function endFirstAttemptAfter(milliseconds: number): PipelinePolicy {
  const seen = new WeakSet<object>();
  return {
    name: 'endFirstAttempt',
    async sendRequest(request, next) {
      if (seen.has(request)) return next(request);
      seen.add(request);
      const { abortSignal: ofCall } = request;
      const limit = AbortSignal.timeout(milliseconds);
      request.abortSignal = ofCall ? AbortSignal.any([ofCall as AbortSignal, limit]) : limit;
      try {
        return await next(request);
      } catch (error) {
        if (!limit.aborted || ofCall?.aborted) throw error;
        // The agent for such requests keeps a connection for seconds only.
        request.disableKeepAlive = true;
        throw new RestError(`No response within ${milliseconds} ms.`, {
          code: 'ETIMEDOUT',
          request,
        });
      } finally {
        if (ofCall) request.abortSignal = ofCall;
        else delete request.abortSignal;
      }
    },
  };
}
