import type { Tool } from './tool';
import { connectorStatus } from './tools/connector-status';
import { explainRun } from './tools/explain-run';
import { findAssets } from './tools/find-assets';
import { getResource } from './tools/get-resource';
import { impact } from './tools/impact';
import { lineage } from './tools/lineage';
import { listResources } from './tools/list-resources';
import { listRuns } from './tools/list-runs';
import { search } from './tools/search';
import { whatChanged } from './tools/what-changed';
import { whoHasAccess } from './tools/who-has-access';

export const allTools: readonly Tool[] = [
  connectorStatus,
  search,
  listResources,
  getResource,
  findAssets,
  lineage,
  impact,
  listRuns,
  explainRun,
  whatChanged,
  whoHasAccess,
];
