/** One parameter: its form, and what the documentation says of it. */
import type { GenericSchema } from 'valibot';

export interface Parameter<Schema extends GenericSchema = GenericSchema> {
  /** What it decides; sentences for the documentation. */
  readonly what: string;
  /** What holds without it. */
  readonly absent: string;
  /** Its value in YAML, as one would write it after the name. */
  readonly example: string;
  readonly schema: Schema;
}

export const parameter = <Schema extends GenericSchema>(
  schema: Schema,
  example: string,
  what: string,
  absent: string,
): Parameter<Schema> => ({ what, absent, example, schema });
