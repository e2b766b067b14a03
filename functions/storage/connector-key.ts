/** Names a connector together with its tenant: rows of another tenant do not exist. */
export interface ConnectorKey {
  readonly tenantId: string;
  readonly connectorId: string;
}
