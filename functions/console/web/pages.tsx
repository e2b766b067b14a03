/**
 * Every page: where it is, who may open it, and the chunk that is loaded with it. A page with an
 * icon is in the navigation.
 */
import {
  Activity,
  Bot,
  Cable,
  Database,
  RefreshCw,
  ScrollText,
  ShieldCheck,
  Users,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import { lazy, type ComponentType } from 'react';
import type { Role } from './session/person';

export interface Page {
  /** Below /api/console. */
  readonly path: string;
  readonly label: string;
  readonly icon?: LucideIcon;
  /** One of these roles is needed. */
  readonly roles: readonly Role[];
  readonly component: ComponentType;
}

const everyRole: readonly Role[] = ['Owner', 'Member', 'Viewer', 'Operator'];

/** The module exports the component as `Page`. */
const load = (module: () => Promise<{ readonly Page: ComponentType }>) =>
  lazy(async () => ({ default: (await module()).Page }));

export const pages: readonly Page[] = [
  {
    path: 'connectors',
    label: 'Connectors',
    icon: Cable,
    roles: everyRole,
    component: load(() => import('./pages/connectors/connectors-page')),
  },
  {
    path: 'connectors/:connectorId/:tab?',
    label: 'Connector',
    roles: everyRole,
    component: load(() => import('./pages/connectors/detail/connector-page')),
  },
  {
    path: 'connectors/:connectorId/syncs/:syncRunId',
    label: 'Sync run',
    roles: everyRole,
    component: load(() => import('./pages/syncs/sync-page')),
  },
  {
    path: 'connectors/:connectorId/runs/:pipelineRunId',
    label: 'Pipeline run',
    roles: everyRole,
    component: load(() => import('./pages/runs/run-page')),
  },
  {
    path: 'connected',
    label: 'Return from the sign-in',
    roles: ['Owner'],
    component: load(() => import('./pages/connectors/connect/returned-page')),
  },
  {
    path: 'catalog',
    label: 'Catalog',
    icon: Database,
    roles: everyRole,
    component: load(() => import('./pages/catalog/catalog-page')),
  },
  {
    path: 'catalog/:connectorId/:resourceId',
    label: 'Resource',
    roles: everyRole,
    component: load(() => import('./pages/catalog/resource/resource-page')),
  },
  {
    path: 'lineage',
    label: 'Lineage',
    icon: Waypoints,
    roles: everyRole,
    component: load(() => import('./pages/lineage/assets-page')),
  },
  {
    path: 'lineage/:connectorId/:assetId',
    label: 'Asset',
    roles: everyRole,
    component: load(() => import('./pages/lineage/asset-page')),
  },
  {
    path: 'search',
    label: 'Search',
    roles: everyRole,
    component: load(() => import('./pages/search/search-page')),
  },
  {
    path: 'syncs',
    label: 'Syncs',
    icon: RefreshCw,
    roles: everyRole,
    component: load(() => import('./pages/syncs/syncs-page')),
  },
  {
    path: 'provisioning',
    label: 'Provisioning',
    icon: Users,
    roles: ['Owner'],
    component: load(() => import('./pages/provisioning/provisioning-page')),
  },
  {
    path: 'provisioning/:connectionId',
    label: 'Provisioning connection',
    roles: ['Owner'],
    component: load(() => import('./pages/provisioning/connection-page')),
  },
  {
    path: 'access',
    label: 'Access',
    icon: ShieldCheck,
    roles: ['Owner'],
    component: load(() => import('./pages/access/access-page')),
  },
  {
    path: 'access/:connectionId',
    label: 'Access by a connection',
    roles: ['Owner'],
    component: load(() => import('./pages/access/connection-access-page')),
  },
  {
    path: 'access/:connectionId/:kind/:subjectId',
    label: 'Access of a person',
    roles: ['Owner'],
    component: load(() => import('./pages/access/person-page')),
  },
  {
    path: 'audit',
    label: 'Audit',
    icon: ScrollText,
    roles: ['Owner'],
    component: load(() => import('./pages/audit/audit-page')),
  },
  {
    path: 'agents',
    label: 'Agents',
    icon: Bot,
    roles: everyRole,
    component: load(() => import('./pages/agents/agents-page')),
  },
  {
    path: 'operations',
    label: 'Operations',
    icon: Activity,
    roles: ['Operator'],
    component: load(() => import('./pages/operations/operations-page')),
  },
  {
    path: 'operations/:instanceId',
    label: 'Orchestration',
    roles: ['Operator'],
    component: load(() => import('./pages/operations/orchestration-page')),
  },
];
