/** Which service's API knows the hosts of an engine. Each client is loaded on use, and only by the functions that name it. */
import type { Endpoints } from '../rotation/endpoints.ts';

export const ofRds = async (): Promise<Endpoints> => (await import('../aws/rds-endpoints.ts')).rdsEndpoints();

export const ofRedshift = async (): Promise<Endpoints> =>
  (await import('../aws/redshift-endpoints.ts')).redshiftEndpoints();
