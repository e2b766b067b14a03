/** Title of a page with its actions. Also the title of the tab. */
import { Anchor, Box, Breadcrumbs, Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';

interface Props {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Pages above this one: label and path. */
  readonly parents?: readonly (readonly [label: string, path: string])[];
  /** Beside the title, such as a status. */
  readonly aside?: ReactNode;
}

export function PageHeader({ title, description, actions, parents = [], aside }: Props) {
  useEffect(() => {
    document.title = `${title} · adf-connect`;
  }, [title]);
  return (
    <Box component="header" mb="lg">
      {parents.length > 0 && (
        <Breadcrumbs mb={6} aria-label="Breadcrumb" component="nav">
          {parents.map(([label, path]) => (
            <Anchor component={Link} to={path} key={path} size="sm">
              {label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box miw={0}>
          <Group gap="sm">
            <Title order={1} size="h2" className="breakable">
              {title}
            </Title>
            {aside}
          </Group>
          {description && (
            <Text c="var(--app-muted)" mt={4} component="div">
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
    </Box>
  );
}
