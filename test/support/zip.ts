/** Zips, as far as `serverless package` makes them: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const STORED = 0;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly at: number;
}

export const namesInZip = (zip: Buffer): string[] => entriesOf(zip).map(({ name }) => name);

export async function unzip(path: string, folder: string): Promise<void> {
  const zip = await readFile(path);
  for (const entry of entriesOf(zip)) {
    const file = join(folder, entry.name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contentOf(zip, entry));
  }
}

/** From the central directory. */
function entriesOf(zip: Buffer): Entry[] {
  const entries: Entry[] = [];
  const signature = Buffer.from('PK\x01\x02', 'latin1');
  for (let at = zip.indexOf(signature); at >= 0; at = zip.indexOf(signature, at + 46))
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)),
      method: zip.readUInt16LE(at + 10),
      compressedBytes: zip.readUInt32LE(at + 20),
      at: zip.readUInt32LE(at + 42),
    });
  return entries;
}

function contentOf(zip: Buffer, { method, compressedBytes, at }: Entry): Buffer {
  const start = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  const bytes = zip.subarray(start, start + compressedBytes);
  return method === STORED ? bytes : inflateRawSync(bytes);
}
