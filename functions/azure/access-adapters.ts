/** What access rules need of Azure besides storage. */
import type { Config } from '../config';
import { LeaverCheck } from '../access/leavers/leaver-check';
import type { LeaverStore } from '../access/ports';
import type { AppTokens } from './entra/app-tokens';
import { GraphPrincipalDirectory } from './entra/graph/principal-directory';
import { ArmRoleAssignments } from './resource-manager/role-assignments/arm-role-assignments';

interface Parts {
  readonly tokens: AppTokens;
  readonly leaverStore: LeaverStore;
  readonly now: () => Date;
}

export function accessAdapters(config: Config, { tokens, leaverStore, now }: Parts) {
  const { roleIds, breakerLimits, writesPerSecond, leaverCheckFailure } = config.access;
  const leaverCheck = new LeaverCheck({ leaverStore, now, onFailure: leaverCheckFailure });
  return {
    roleIds,
    breakerLimits,
    roleAssignments: new ArmRoleAssignments({
      url: config.resourceManagerUrl,
      tokens,
      rate: { capacity: writesPerSecond * 10, perSecond: writesPerSecond },
    }),
    principalDirectory: new GraphPrincipalDirectory({ url: config.graphUrl, tokens }),
    leaverCheck,
    assertPresent: (caller: Parameters<LeaverCheck['assertPresent']>[0]) =>
      leaverCheck.assertPresent(caller),
  };
}
