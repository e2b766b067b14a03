/** Failures of this service itself, which operators must learn of. */
import { AppError, ConfigurationError, ServiceUnavailableError } from './app-error';

/** Key Vault denied access to this app, so no connector is at fault. */
const vaultRefused = 'key_vault_refused';

/**
 * Whether an error is a failure of this service: an unexpected error, missing settings, or storage or
 * Key Vault that do not respond or refuse this app. Any other error concerns one connector and is
 * recorded there.
 */
export const isOwnFailure = (error: unknown): boolean =>
  !(error instanceof AppError) ||
  error instanceof ServiceUnavailableError ||
  error.code === vaultRefused ||
  error instanceof ConfigurationError;

/** Throws the first of the failures, if there are any, after all of the work is done. */
export function throwFirst(failures: readonly unknown[]): void {
  if (failures.length > 0) throw failures[0];
}
