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
  /** Tells the administrator of something in the request that had no effect. */
  readonly warn: (warning: Warning) => void;
}

/** Holds no value of an attribute. */
export interface Warning {
  /** Path of the attribute. */
  readonly attribute: string;
  readonly detail: string;
}
