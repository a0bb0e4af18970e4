import { postgres } from '../shared/engines/postgres/engine.ts';
import { ofRds } from '../shared/handlers/endpoints.ts';
import { rotationHandler } from '../shared/handlers/rotation.ts';

export const handler = rotationHandler(postgres, ofRds);
