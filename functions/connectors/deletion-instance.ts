/** Instance id of the orchestration that deletes a connector. Every attempt uses the same id. */
export const deletionInstanceId = (connectorId: string) => `delete-${connectorId}`;
