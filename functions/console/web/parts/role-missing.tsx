/** A page that the roles of the person do not allow: says which role is missing, and who has it. */
import { Lock } from 'lucide-react';
import type { Role } from '../session/person';
import { Empty } from './empty';
import { PageHeader } from './page-header';

interface Props {
  readonly roles: readonly Role[];
}

export function RoleMissing({ page, roles }: Props & { readonly page: string }) {
  return (
    <>
      <PageHeader title={page} />
      <RoleNeeded roles={roles} />
    </>
  );
}

export const RoleNeeded = ({ roles }: Props) => (
  <Empty
    icon={Lock}
    title={`This page requires the role ${roles.join(' or ')}`}
    text="An administrator of Entra ID can assign it: Enterprise applications → adf-connect API → Users and groups. Sign in again afterwards."
  />
);
