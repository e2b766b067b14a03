/** The value of a durableClient binding: the URLs of the Durable management API. */
export const durablePath = '/runtime/webhooks/durabletask';

export interface DurableClientAddress {
  /** Public URL of the host. Requires the key. */
  readonly publicUrl: string;
  /** URL for functions of this process. Requires no key. */
  readonly rpcUrl: string;
  readonly hubName: string;
  readonly key: string;
}

/** The client library replaces this text by an instance id. */
const instanceIdPlaceholder = 'INSTANCEID';

export function durableClientData(address: DurableClientAddress): string {
  const { publicUrl, rpcUrl, hubName, key } = address;
  const baseUrl = `${publicUrl}${durablePath}`;
  const query = `taskHub=${encodeURIComponent(hubName)}&connection=Storage&code=${key}`;
  const start = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]?${query}`;
  const instance = `${baseUrl}/instances/${instanceIdPlaceholder}`;
  const reason = `reason={text}&${query}`;
  return JSON.stringify({
    taskHubName: hubName,
    creationUrls: {
      createNewInstancePostUri: start,
      createAndWaitOnNewInstancePostUri: `${start}&timeout={timeoutInSeconds}&pollingInterval={intervalSeconds}`,
    },
    managementUrls: {
      id: instanceIdPlaceholder,
      statusQueryGetUri: `${instance}?${query}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${instance}/terminate?${reason}`,
      purgeHistoryDeleteUri: `${instance}?${query}`,
      rewindPostUri: `${instance}/rewind?${reason}`,
      restartPostUri: `${instance}/restart?${query}`,
      suspendPostUri: `${instance}/suspend?${reason}`,
      resumePostUri: `${instance}/resume?${reason}`,
    },
    baseUrl,
    requiredQueryStringParameters: query,
    // The client resolves paths against this URL, so the slash at the end is required.
    rpcBaseUrl: `${rpcUrl}${durablePath}/`,
  });
}
