/** One connector: its state, and a tab for everything that belongs to it. */
import { Tabs } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useRead } from '../../../api/queries';
import { Loaded, Waiting } from '../../../parts/loaded';
import { PageHeader } from '../../../parts/page-header';
import { RoleNeeded } from '../../../parts/role-missing';
import { useRole } from '../../../session/person';
import { ConnectWindow } from '../connect/connect-window';
import { SignInOutcome } from '../connect/sign-in-outcome';
import { ConnectorActions } from '../connector-actions';
import type { Method } from '../connector';
import { StatusPill } from '../status-pill';
import { EventsTab } from './events-tab';
import { FactoriesTab } from './factories-tab';
import { OverviewTab } from './overview-tab';
import { SettingsTab } from './settings-tab';
import { SyncsTab } from './syncs-tab';
import type { DetailedConnector } from './detailed-connector';

const ScheduleTab = lazy(async () => ({
  default: (await import('../schedule/schedule-tab')).ScheduleTab,
}));

const RunsOfConnector = lazy(async () => ({
  default: (await import('../../runs/runs-of-connector')).RunsOfConnector,
}));

export function Page() {
  const { connectorId = '', tab = 'overview' } = useParams();
  const query = useRead('getConnector', { params: { connectorId } });
  return (
    <Loaded
      query={query}
      rows={6}
      page={{ title: 'Connector', parents: [['Connectors', '/connectors']] }}
    >
      {(connector) => <ConnectorView connector={connector} tab={tab} />}
    </Loaded>
  );
}

function ConnectorView({
  connector,
  tab,
}: {
  readonly connector: DetailedConnector;
  readonly tab: string;
}) {
  const isOwner = useRole('Owner');
  const navigate = useNavigate();
  const path = `/connectors/${connector.id}`;
  return (
    <>
      <PageHeader
        title={connector.name}
        parents={[['Connectors', '/connectors']]}
        aside={<StatusPill connector={connector} />}
        actions={<ConnectorActions connector={connector} isHeader />}
      />
      <Tabs
        value={tab}
        onChange={(next) => void navigate(next === 'overview' ? path : `${path}/${next}`)}
        keepMounted={false}
      >
        <Tabs.List mb="lg" className="scrolling-tabs">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="factories">Factories</Tabs.Tab>
          <Tabs.Tab value="syncs">Syncs</Tabs.Tab>
          <Tabs.Tab value="runs">Pipeline runs</Tabs.Tab>
          <Tabs.Tab value="schedule">Schedule</Tabs.Tab>
          {isOwner && <Tabs.Tab value="events">Events</Tabs.Tab>}
          {isOwner && <Tabs.Tab value="settings">Settings</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <OverviewTab connector={connector} />
        </Tabs.Panel>
        <Tabs.Panel value="factories">
          <FactoriesTab connector={connector} />
        </Tabs.Panel>
        <Tabs.Panel value="syncs">
          <SyncsTab connectorId={connector.id} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <Suspense fallback={<Waiting />}>
            <RunsOfConnector connectorId={connector.id} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="schedule">
          <Suspense fallback={<Waiting />}>
            <ScheduleTab connectorId={connector.id} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="events">
          {isOwner ? <EventsTab connectorId={connector.id} /> : <OwnersOnly />}
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          {isOwner ? <SettingsTab connector={connector} key={connector.id} /> : <OwnersOnly />}
        </Tabs.Panel>
      </Tabs>
      {isOwner && <Windows connector={connector} />}
    </>
  );
}

const OwnersOnly = () => <RoleNeeded roles={['Owner']} />;

/** Windows that the address opens: `?connect=method` and `?session=id`. */
function Windows({ connector }: { readonly connector: DetailedConnector }) {
  const [parameters, setParameters] = useSearchParams();
  const connect = parameters.get('connect');
  const session = parameters.get('session');
  const close = () => setParameters({}, { replace: true });
  return (
    <>
      <ConnectWindow
        connector={connector}
        opened={connect !== null}
        onClose={close}
        method={(connect || undefined) as Method | undefined}
      />
      {session !== null && (
        <SignInOutcome
          connector={connector}
          sessionId={session}
          onClose={close}
          onRetry={() => setParameters({ connect: 'oauth' }, { replace: true })}
        />
      )}
    </>
  );
}
