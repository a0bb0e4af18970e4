/** `npm run bench:audit`: what the audit costs, and nothing else. `--json` prints one JSON document. */
import { auditReport } from './audit/report.ts';
import { auditTable } from './table.ts';

const figures = await auditReport();
process.stdout.write(`${process.argv.includes('--json') ? JSON.stringify(figures) : auditTable(figures)}\n`);
