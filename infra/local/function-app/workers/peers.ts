/**
 * Other workers of the same app. One worker runs the orchestrations; activities go to all workers
 * in turn, as in Azure, where any instance takes them from the queue.
 */
import type { Invoke, TypedData } from '../durable/durable-runtime';

export interface Peers {
  /** Addresses of the workers that are ready. */
  setUrls(urls: readonly string[]): void;
  readonly invoke: Invoke;
}

/** The answer of a worker to an invocation. */
export type InvocationAnswer =
  { readonly output: TypedData | null } | { readonly error: { name: string; message: string } };

export const activityPath = '/admin/activities/';

/** `key` is the master key, which all workers share. */
export function createPeers(invokeHere: Invoke, key: string): Peers {
  let urls: readonly string[] = [];
  let turn = 0;
  return {
    setUrls(ready) {
      urls = ready;
    },
    async invoke(name, trigger, traceParent) {
      const url = urls[turn++ % (urls.length + 1)];
      if (url === undefined) return invokeHere(name, trigger, traceParent);
      const answer = await askPeer(url, name, trigger, key, traceParent);
      // A worker that died has not completed the activity, so it runs again.
      if (answer === undefined) return invokeHere(name, trigger, traceParent);
      if ('output' in answer) return answer.output ?? undefined;
      throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
    },
  };
}

async function askPeer(
  url: string,
  name: string,
  trigger: TypedData,
  key: string,
  traceParent: string | undefined,
): Promise<InvocationAnswer | undefined> {
  try {
    const response = await fetch(`${url}${activityPath}${name}`, {
      method: 'POST',
      headers: {
        'x-functions-key': key,
        'content-type': 'application/json',
        ...(traceParent !== undefined && { traceparent: traceParent }),
      },
      body: JSON.stringify(trigger),
    });
    return response.ok ? ((await response.json()) as InvocationAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** Runs an activity for the worker that asks. */
export async function answerPeer(
  invokeHere: Invoke,
  name: string,
  trigger: TypedData,
  traceParent: string | undefined,
) {
  const answer: InvocationAnswer = await invokeHere(name, trigger, traceParent).then(
    (output) => ({ output: output ?? null }),
    (error: unknown) => ({
      error: {
        name: error instanceof Error ? error.name : 'Error',
        message: error instanceof Error ? error.message : String(error),
      },
    }),
  );
  return answer;
}
