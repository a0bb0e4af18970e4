#!/usr/bin/env -S node --max-semi-space-size=4 --optimize-for-size
/**
 * The door to the `keyturn` command: has JavaScript made of keyturn.ts, by a process that ends, and runs that. Node's
 * stripper of types, and the bundler, would stay here, and take some 40 MB beside a replay of millions of records.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const script = resolve(import.meta.dirname, '../scripts/bundle-command.ts');
const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
// It has said why; without a status it was Ctrl-C.
if (status !== 0) process.exit(status ?? 130);
await import('../dist/keyturn.mjs');
