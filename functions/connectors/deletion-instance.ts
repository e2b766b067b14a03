/** The instance that deletes a connector: one id for all attempts, so that whoever asks finds the last one. */
export const deletionInstanceId = (connectorId: string) => `delete-${connectorId}`;
