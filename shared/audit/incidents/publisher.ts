import type { Alert } from '../alerts/alert.ts';

/** Where alerts go. */
export interface Publisher {
  /** @throws when the alert may not have been taken; it is then sent again, with the same id. */
  publish(alert: Alert): Promise<void>;
}
