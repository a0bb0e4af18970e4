/** Which files a history is in. */
import { type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface HistoryFile {
  readonly path: string;
  /** As it is on disk. */
  readonly bytes: number;
}

/** A mistake of whoever called: its message is for them. */
export class HistoryError extends Error {}

const READABLE = /\.(json|jsonl|ndjson)(\.gz)?$/;

/**
 * @param paths files, or folders that are searched for files whose names end with .json, .jsonl or .ndjson, also .gz.
 * @returns as they were given, and what CloudTrail has named in the order of its delivery.
 * @throws HistoryError when a path is not there, cannot be read, or holds no such file.
 */
export async function historyFiles(paths: readonly string[]): Promise<HistoryFile[]> {
  const files: HistoryFile[] = [];
  for (const path of paths) {
    const stats = statsOf(path);
    if (stats === undefined) throw new HistoryError(`there is no file or folder ${path}`);
    if (!stats.isFile() && !stats.isDirectory())
      throw new HistoryError(
        `${path} is no file and no folder. A history is read twice: write it to a file first`,
      );
    const found = stats.isDirectory() ? await filesBelow(path) : [{ path, bytes: stats.size }];
    if (found.length === 0)
      throw new HistoryError(`${path} holds no .json, .jsonl or .ndjson file, nor one of them with .gz`);
    files.push(...found);
  }
  return files.toSorted((one, other) => deliveryOf(one).localeCompare(deliveryOf(other)));
}

/**
 * When CloudTrail delivered a file, by its name. Folders are by account and Region, and what somebody does in two of them
 * in one hour has to be read together.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
const deliveryOf = ({ path }: HistoryFile): string =>
  /_CloudTrail_[a-z0-9-]+_(\d{8}T\d{4}Z)_/.exec(basename(path))?.[1] ?? '';

async function filesBelow(folder: string): Promise<HistoryFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw unreadable(error.path ?? folder, error);
    },
  );
  const paths = entries
    .filter(({ name }) => READABLE.test(name))
    .map((entry) => join(entry.parentPath, entry.name));
  return paths.sort().flatMap((path) => {
    // An entry that is a link does not say what it leads to, or whether that is there.
    const stats = statsOf(path);
    return stats?.isFile() === true ? [{ path, bytes: stats.size }] : [];
  });
}

/** @returns undefined for what is not there, and for a link that leads to itself. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw unreadable(path, error);
  }
}

/** @param error of the file system: it names the path once more, and the call, which says nothing to people. */
export const unreadable = (path: string, error: unknown): HistoryError =>
  new HistoryError(`${path} cannot be read: ${(error as Error).message.split(', ')[0]}`);
