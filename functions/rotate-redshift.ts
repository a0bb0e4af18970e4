import { redshift } from '../shared/engines/redshift/engine.ts';
import { ofRedshift } from '../shared/handlers/endpoints.ts';
import { rotationHandler } from '../shared/handlers/rotation.ts';

export const handler = rotationHandler(redshift, ofRedshift);
