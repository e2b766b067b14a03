/** Pages of Microsoft on which consent is removed. An app cannot remove consent itself. */
import type { Connector } from '../connectors/connector';

const myApps = { label: 'My Apps', href: 'https://myapplications.microsoft.com' };
const enterpriseApps = {
  label: 'Enterprise applications',
  href: 'https://entra.microsoft.com/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade',
};
const appRegistrations = {
  label: 'App registrations',
  href: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
};

export function consentRemoval({ connectedWith, obsoleteSecrets }: Connector) {
  const isRemoved = obsoleteSecrets === undefined;
  switch (connectedWith) {
    case 'client_credentials':
      return {
        message: `${removalOf('client secret', isRemoved)} Delete the secret itself under App registrations → your app → Certificates & secrets. Remove the role of the app on the factory if the app is not used otherwise.`,
        links: [appRegistrations],
      };
    case 'username_password':
      return {
        message: `${removalOf('sign-in', isRemoved)} To end it at Microsoft, revoke the sessions of the user, or delete the secret of the app under App registrations.`,
        links: [appRegistrations, enterpriseApps],
      };
    case 'oauth':
    case 'device_code':
    case undefined:
      return {
        message: `${removalOf('sign-in', isRemoved)} A user removes their consent under My Apps. An administrator removes it for the whole tenant under Enterprise applications.`,
        links: [myApps, enterpriseApps],
      };
  }
}

const removalOf = (what: string, isRemoved: boolean) =>
  isRemoved
    ? `Our copy of the ${what} is deleted.`
    : `Our copy of the ${what} is not used any more, but could not be deleted yet. The app tries again by itself.`;
