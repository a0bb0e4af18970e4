import { postgres } from '../shared/engines/postgres/engine.ts';
import { rotationHandler } from '../shared/handlers/rotation.ts';

export const handler = rotationHandler(postgres);
