import { mysql } from '../shared/engines/mysql/engine.ts';
import { ofRds } from '../shared/handlers/endpoints.ts';
import { rotationHandler } from '../shared/handlers/rotation.ts';

export const handler = rotationHandler(mysql, ofRds);
