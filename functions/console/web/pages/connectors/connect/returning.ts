/** Which connector a sign-in at Microsoft was started for. Only this tab knows. */
const key = 'console.connecting';

export const rememberConnecting = (connectorId: string): void =>
  window.sessionStorage.setItem(key, connectorId);

export const connectingId = (): string | undefined =>
  window.sessionStorage.getItem(key) ?? undefined;
