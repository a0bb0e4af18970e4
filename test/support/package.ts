/** `serverless package`, with neither credentials nor a home, from the bundles in `dist/`. */
import { join } from 'node:path';
import { type Parameters, serverlessWith } from './serverless.ts';

/** @param use gets the folder with the archives and the template, which is gone afterwards */
export async function packaged<T>(parameters: Parameters, use: (folder: string) => Promise<T>): Promise<T> {
  await using serverless = await serverlessWith(parameters);
  const folder = join(serverless.folder, 'package');
  await serverless.run('package', '--package', folder);
  return await use(folder);
}

export const TEMPLATE = 'cloudformation-template-update-stack.json';

/** Packaging takes seconds, and minutes where many tests run. */
export const PACKAGING_MS = 300_000;
