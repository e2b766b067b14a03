/** The nightly verification of all connections. */

/** There is one instance, which a timer starts again every night. */
export const verificationInstanceId = 'verification';
