/** The frame of every page: navigation by role, color scheme, person, sign-out. */
import {
  ActionIcon,
  AppShell,
  Avatar,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { LogOut, Moon, Search, Sun } from 'lucide-react';
import { Suspense, useEffect } from 'react';
import { Link, Navigate, Route, Routes, useLocation } from 'react-router';
import { forgetContent } from './api/call';
import { pages, type Page } from './pages';
import { SearchField, searchLabel } from './pages/search/search-field';
import { Empty } from './parts/empty';
import { Logo } from './parts/logo';
import { Waiting } from './parts/loaded';
import { NoConnection } from './parts/no-connection';
import { PageBoundary } from './parts/page-boundary';
import { PageHeader } from './parts/page-header';
import { RoleMissing } from './parts/role-missing';
import { usePerson } from './session/person';
import { signOut } from './session/session';

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname, search } = useLocation();
  const { roles } = usePerson();
  useEffect(close, [pathname, close]);
  // For tools that wait for a page, as data-path is; people see the skeletons.
  const isLoading = useIsFetching({ predicate: ({ state }) => state.data === undefined }) > 0;
  const allowed = (page: Page) => page.roles.some((role) => roles.includes(role));
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
              aria-expanded={opened}
            />
            <Link to="/" className="brand">
              <Group gap={10} wrap="nowrap">
                <Logo />
                adf-connect
              </Group>
            </Link>
          </Group>
          <SearchField className="header-search" />
          <Group gap="xs" wrap="nowrap">
            <ActionIcon
              component={Link}
              to="/search"
              variant="subtle"
              color="gray"
              size="lg"
              hiddenFrom="sm"
              aria-label={searchLabel}
            >
              <Search size={18} />
            </ActionIcon>
            <ColorSchemeButton />
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main">
        {pages
          .filter((page) => page.icon && allowed(page))
          .map(({ path, label, icon: Icon }) => (
            <NavLink
              key={path}
              component={Link}
              to={`/${path}`}
              label={label}
              leftSection={Icon && <Icon size={18} aria-hidden />}
              active={pathname === `/${path}` || pathname.startsWith(`/${path}/`)}
              {...(pathname.startsWith(`/${path}`) && { 'aria-current': 'page' as const })}
              className="nav-link"
            />
          ))}
      </AppShell.Navbar>
      <AppShell.Main
        id="content"
        tabIndex={-1}
        data-path={`${pathname}${search}`}
        {...(isLoading && { 'data-loading': true })}
      >
        <NoConnection />
        <PageBoundary path={pathname}>
          <Suspense fallback={<Waiting />}>
            <Routes>
              <Route index element={<Navigate to="/connectors" replace />} />
              {pages.map((page) => (
                <Route
                  key={page.path}
                  path={page.path}
                  element={
                    allowed(page) ? (
                      <page.component />
                    ) : (
                      <RoleMissing page={page.label} roles={page.roles} />
                    )
                  }
                />
              ))}
              <Route path="*" element={<NoSuchPage />} />
            </Routes>
          </Suspense>
        </PageBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

const NoSuchPage = () => (
  <>
    <PageHeader title="No such page" />
    <Empty
      icon={Search}
      title="There is no page at this address"
      text="Check the link, or choose a page in the navigation."
    />
  </>
);

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const current = useComputedColorScheme('light');
  const next = current === 'light' ? 'dark' : 'light';
  const label = `Switch to ${next} colors`;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={() => setColorScheme(next)}
        aria-label={label}
      >
        {current === 'light' ? <Moon size={18} /> : <Sun size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function PersonMenu() {
  const { displayName, roles, tenantId } = usePerson();
  const queries = useQueryClient();
  const leave = () => {
    queries.clear();
    forgetContent();
    void signOut();
  };
  return (
    <Menu position="bottom-end" width={260} withArrow>
      <Menu.Target>
        <UnstyledButton>
          <Group gap="xs" wrap="nowrap">
            <Avatar
              name={displayName}
              color="indigo"
              variant="filled"
              radius="xl"
              size={34}
              aria-hidden
            />
            <VisuallyHidden>Account of {displayName}</VisuallyHidden>
            <Text size="sm" fw={500} visibleFrom="sm" aria-hidden>
              {displayName}
            </Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)">
            {displayName}
          </Text>
          <Text size="xs">{roles.length > 0 ? roles.join(', ') : 'No role'}</Text>
          <Text size="xs" className="breakable">
            Tenant {tenantId}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
