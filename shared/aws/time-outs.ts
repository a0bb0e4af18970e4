/**
 * A function without a route to an AWS API must say so while there is time to, not be cut off by the platform.
 * The SDK only warns of a request that takes longer than `requestTimeout`, unless it is told to give it up.
 * @see https://github.com/smithy-lang/smithy-typescript/blob/main/packages/types/src/http/httpHandlerInitialization.ts
 */
export const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
