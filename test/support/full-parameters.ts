/** Every parameter, with the values of docs/parameters.example.yml. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const EXAMPLE = resolve(import.meta.dirname, '../../docs/parameters.example.yml');

const everything: Record<string, unknown> = parse(
  readFileSync(EXAMPLE, 'utf8').replaceAll(/^# (\w+: )/gm, '$1'),
);
const { createVpc, subnets, securityGroups, vpc, ...others } = everything;

/** In subnets that are there. */
export const FULL: Readonly<Record<string, unknown>> = { ...others, subnets, securityGroups, vpc };
export const WITH_OWN_VPC: Readonly<Record<string, unknown>> = { ...others, createVpc };
