/** The request of an identity provider, as services see it. */
import type { Profile } from '../../scim/profile';
import type { ChangeOrigin } from '../provisioning-record';
import type { DirectoryKey } from './directory';

export interface ScimContext {
  readonly key: DirectoryKey;
  readonly profile: Profile;
  readonly origin: ChangeOrigin;
  /** Absolute URL of the SCIM endpoint, without a slash at the end. */
  readonly baseUrl: string;
}
