/** What to enter at the identity provider, with the values filled in. */
import { Card, List, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Copy } from '../../parts/copy';
import type { Connection } from './connection';

const value = (text: string) => (
  <Text span fw={600} className="breakable">
    {text} <Copy value={text} label={`Copy ${text}`} />
  </Text>
);

const stepsOf = ({ profile, baseUrl, name }: Connection): readonly ReactNode[] => {
  if (profile === 'entra')
    return [
      <>Entra admin center → Enterprise applications → New application → Create your own.</>,
      <>Name it {value(name)} and choose “Integrate any other application”.</>,
      <>Provisioning → New configuration. Tenant URL: {value(baseUrl)}</>,
      <>Secret token: the token that you issue here. Test connection, then Create.</>,
      <>
        Users and groups: assign the groups whose members need roles. Entra pushes members of
        assigned groups only, not of nested ones.
      </>,
      <>Overview → Start provisioning. The first cycle takes up to 40 minutes.</>,
    ];
  if (profile === 'okta')
    return [
      <>Okta admin console → Applications → Create App Integration → SWA, name {value(name)}.</>,
      <>General → App Settings → Provisioning: SCIM.</>,
      <>
        Provisioning → Integration. SCIM connector base URL: {value(baseUrl)} Unique identifier:{' '}
        {value('userName')}
      </>,
      <>Authentication mode: HTTP Header. Bearer: the token that you issue here.</>,
      <>Provisioning → To App: create, update and deactivate users.</>,
      <>Push Groups: the groups whose members need roles.</>,
    ];
  return [
    <>SCIM 2.0 base URL: {value(baseUrl)}</>,
    <>Header Authorization: Bearer and the token that you issue here.</>,
    <>Deactivate people with active = false, or delete them.</>,
  ];
};

export function SetUpGuide({ connection }: { readonly connection: Connection }) {
  return (
    <Card withBorder radius="md" padding="lg">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Set up the identity provider
        </Title>
        <List type="ordered" spacing="sm" size="sm">
          {stepsOf(connection).map((step, index) => (
            <List.Item key={index}>{step}</List.Item>
          ))}
        </List>
      </Stack>
    </Card>
  );
}
