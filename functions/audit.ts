import { auditHandler } from '../shared/handlers/audit.ts';

export const handler = auditHandler();
