/** Every parameter, with the values of docs/parameters.example.yml. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const EXAMPLE = resolve(import.meta.dirname, '../../docs/parameters.example.yml');

/** As one file they would contradict each other. */
export const EVERYTHING: Readonly<Record<string, unknown>> = parse(
  readFileSync(EXAMPLE, 'utf8').replaceAll(/^# (\w+: )/gm, '$1'),
);
// The file that tlsCaFile names is not there.
const { createVpc, subnets, securityGroups, vpc, tlsCaFile, ...others } = EVERYTHING;

/** In subnets that are there. */
export const FULL: Readonly<Record<string, unknown>> = { ...others, subnets, securityGroups, vpc };
export const WITH_OWN_VPC: Readonly<Record<string, unknown>> = { ...others, createVpc };
