import { type Deployment, isDeployRole, isRotationRole } from '../deployment.ts';
import type { AuditEvent } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';

/** Such reads are nearly all of the traffic, and cross no threshold: only unusual ones are kept to be counted. */
export const isUsualRead = (event: AuditEvent, past: Past): boolean =>
  isRead(event) && event.secrets.length > 0 && event.secrets.every((secret) => past.isUsual(secret));

/** Rotation and infrastructure-as-code come to new secrets every day: it is their work, from where they do it. */
export const isItsWork = ({ principal }: AuditEvent, past: Past, deployment: Deployment): boolean =>
  (isRotationRole(deployment, principal) || isDeployRole(deployment, principal)) && !past.networkIsNew;
