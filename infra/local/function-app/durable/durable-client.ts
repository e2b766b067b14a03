/** What a durableClient binding delivers: where the management API of Durable Functions is, and how to ask it. */
export const durablePath = '/runtime/webhooks/durabletask';

export interface DurableClientAddress {
  /** Where everybody reaches the host; asks for the key. */
  readonly publicUrl: string;
  /** Where functions of this process reach it, without a key. */
  readonly rpcUrl: string;
  readonly hubName: string;
  readonly key: string;
}

/** The client swaps this for the id of an instance. */
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
    // The client resolves paths against it, so the slash at its end counts.
    rpcBaseUrl: `${rpcUrl}${durablePath}/`,
  });
}
