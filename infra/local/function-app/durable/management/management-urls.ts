/** Management URLs of an instance, which the start response contains. */
import type { ManagementRequest } from '../durable-runtime';

export function managementUrls(
  { headers, query }: Pick<ManagementRequest, 'headers' | 'query'>,
  hubName: string,
  id: string,
) {
  const key = query.get('code');
  const parameters = new URLSearchParams({
    taskHub: hubName,
    connection: 'Storage',
    ...(key !== null && { code: key }),
  });
  const suffix = parameters.toString();
  const instance = `http://${headers['host'] ?? 'localhost'}/runtime/webhooks/durabletask/instances/${encodeURIComponent(id)}`;
  const verb = (name: string) => `${instance}/${name}?${suffix}`;
  const withReason = (name: string) => `${instance}/${name}?reason={text}&${suffix}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${suffix}`,
    sendEventPostUri: verb('raiseEvent/{eventName}'),
    terminatePostUri: withReason('terminate'),
    purgeHistoryDeleteUri: `${instance}?${suffix}`,
    rewindPostUri: withReason('rewind'),
    restartPostUri: verb('restart'),
    suspendPostUri: withReason('suspend'),
    resumePostUri: withReason('resume'),
  };
}
