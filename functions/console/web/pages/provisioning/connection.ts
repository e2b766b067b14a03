/** Provisioning connections as the API returns them. Pure. */
import type { ItemOf, Output } from '../../api/endpoint-types';
import type { Tone } from '../../parts/tone';

export type Connection = Output<'getProvisioningConnection'>;
export type Token = Connection['tokens'][number];
export type Request = ItemOf<'listProvisioningRequests'>;

export const statusPills: Readonly<Record<Connection['status'], { tone: Tone; label: string }>> = {
  healthy: { tone: 'good', label: 'Ready' },
  no_token: { tone: 'neutral', label: 'No token' },
  token_expiring: { tone: 'warning', label: 'Token expires soon' },
};

export const tokenTones: Readonly<Record<Token['status'], Tone>> = {
  active: 'good',
  expired: 'bad',
  revoked: 'neutral',
};

export const profileNames: Readonly<Record<Connection['profile'], string>> = {
  entra: 'Microsoft Entra ID',
  okta: 'Okta',
  strict: 'Other, exactly RFC 7644',
};

export const profiles = Object.entries(profileNames).map(([value, label]) => ({ value, label }));

/** What a form shows of a connection. */
export interface ConnectionDraft {
  readonly name: string;
  readonly profile: Connection['profile'];
  /** One address or range per line. */
  readonly addresses: string;
}

export const newDraft: ConnectionDraft = { name: '', profile: 'entra', addresses: '' };

export const draftOf = ({ name, profile, allowedAddresses = [] }: Connection): ConnectionDraft => ({
  name,
  profile,
  addresses: allowedAddresses.join('\n'),
});

/** Lists of addresses are pasted with commas, semicolons or blanks as well. */
export const addressesIn = ({ addresses }: ConnectionDraft): string[] =>
  addresses.split(/[\s,;]+/).filter((address) => address !== '');
