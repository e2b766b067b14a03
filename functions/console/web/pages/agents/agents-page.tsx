/** How agents connect, what they can do, and what they did last. */
import { Card, List, Stack, Text, Title } from '@mantine/core';
import { useRead } from '../../api/queries';
import { FactsCard } from '../../parts/facts';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import { useRole } from '../../session/person';
import { ClientSetup } from './client-setup';
import { LastCalls } from './last-calls';
import { ToolList } from './tool-list';

export function Page() {
  const metadata = useRead('getResourceMetadata', {}, { polls: false });
  const isOwner = useRole('Owner');
  return (
    <>
      <PageHeader
        title="Agents"
        description="Let an AI agent ask about pipelines, runs and lineage over the Model Context Protocol, without a credential of Azure."
      />
      <Loaded query={metadata}>
        {({ resource, authorization_servers: servers, scopes_supported: scopes }) => (
          <Stack gap="lg">
            <FactsCard
              title="Address"
              facts={[
                ['MCP server', resource],
                ['Transport', 'Streamable HTTP, without sessions'],
                ['Sign-in', servers.join(', ')],
                ['Scope', scopes.join(' ')],
              ]}
            />
            <ClientSetup url={resource} scope={scopes[0] ?? ''} />
            <Limits />
            <ToolList />
            {isOwner && <LastCalls />}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

const limits = [
  'An agent acts for the person who signed in, and reads what the roles of this person allow: Member, Viewer and Operator read connectors, the catalog, runs and lineage; an Owner also reads who has access.',
  'All tools read. None starts a sync, changes a connector or shows a credential.',
  'A person who is deactivated by the identity provider is refused within five seconds, although the token is still valid.',
  'Texts from factories are marked as data. An agent must not follow instructions in them.',
  'Each call is in the audit trail with the person, the client and the arguments.',
];

const Limits = () => (
  <Card withBorder radius="md" padding="lg" component="section">
    <Title order={2} size="h4" mb="sm">
      What an agent can and cannot do
    </Title>
    <List spacing={6} size="sm">
      {limits.map((text) => (
        <List.Item key={text}>
          <Text size="sm">{text}</Text>
        </List.Item>
      ))}
    </List>
  </Card>
);
