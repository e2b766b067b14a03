/** Subjects of the OpenAPI document. The first pattern that matches a route decides. */
interface Tag {
  readonly name: string;
  readonly description: string;
  readonly routes: RegExp;
}

const connector = '^connectors/\\{connectorId\\}';

// prettier-ignore
export const tags: readonly Tag[] = [
  { name: 'Sign-ins', description: 'Connecting by a sign-in at Microsoft: authorization code, device code and admin consent.', routes: /oauth|device-sessions|admin-consent-url|^allowed-tenants|sign-ins?\b/ },
  { name: 'Connections', description: 'Credentials of a connector: submit, test, rotate and remove them.', routes: new RegExp(`${connector}/(?:credentials|attempts|test|disconnect)|^connections/`) },
  { name: 'Syncs', description: 'Sync runs of a connector: schedule, start, control, progress and changes.', routes: new RegExp(`${connector}/(?:syncs|schedule)`) },
  { name: 'Catalog', description: 'Resources of Data Factory and the edges between them.', routes: new RegExp(`${connector}/(?:resources|edges)`) },
  { name: 'Lineage', description: 'Tables and files outside of Data Factory, and what comes from what.', routes: new RegExp(`${connector}/(?:assets|lineage|impact|openlineage)`) },
  { name: 'Search', description: 'Resources of all connectors by words.', routes: /^search$/ },
  { name: 'Run history', description: 'Runs of pipelines, activities and triggers.', routes: new RegExp(`${connector}/(?:pipeline|trigger)-runs`) },
  { name: 'Events', description: 'The record of who changed what.', routes: new RegExp(`${connector}/events|^events`) },
  { name: 'Audit trail', description: 'Who did what, in a chain of hashes: list, verify, export.', routes: /^audit\b/ },
  { name: 'Connectors', description: 'Configurations by which a customer lets this service reach Azure Data Factory.', routes: /^connectors?\b/ },
  { name: 'Webhooks', description: 'Addresses that events are sent to, and the deliveries.', routes: /^webhooks/ },
  { name: 'Provisioning', description: 'Connections of identity providers, their tokens and their requests. SCIM itself is documented by /api/scim/v2/Schemas.', routes: /^provisioning\// },
  { name: 'Operations', description: 'For the operator of this service.', routes: /^(?:ops\/|health|ready)/ },
  { name: 'Agents', description: 'Questions of agents over the Model Context Protocol.', routes: /^mcp\b/ },
  { name: 'API', description: 'The caller, the document and the codes of problems.', routes: /^(?:me|openapi\.json|problems\/.*)$/ },
];

export const tagOf = (route: string): string | undefined =>
  tags.find(({ routes }) => routes.test(route))?.name;
