import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.ts';
import type { Figure } from '../figures.ts';
import { auditFigures } from './figures.ts';

/** The figures of the audit, with the size of its function as it is bundled. */
export async function auditReport(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  try {
    const entries = [join(import.meta.dirname, '../../functions/audit.ts')];
    const [made] = await bundle({ entries, outFolder: folder });
    return await auditFigures(made?.totalBytes ?? 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
