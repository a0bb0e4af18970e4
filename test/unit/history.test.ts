/** Files of CloudTrail are read as they come, however they are cut and written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { eventsOfFile, UNREADABLE } from '../../cli/history.ts';
import { RecordCutter } from '../../cli/record-cutter.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-history-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function eventsIn(text: string): Promise<unknown[]> {
  const path = join(folder, 'file.json');
  writeFileSync(path, text);
  const events: unknown[] = [];
  for await (const event of eventsOfFile({ path, bytes: text.length })) events.push(event);
  return events;
}

const record = fc.dictionary(fc.string(), fc.jsonValue());
const file = fc.record({
  records: fc.array(record),
  /** Keys that are numbers would come first. */
  more: fc.dictionary(
    fc.string().map((key) => `x${key}`),
    fc.jsonValue(),
  ),
  indent: fc.constantFrom(0, 2),
});

test('wherever its text is cut, a file gives the records that JSON.parse finds', () => {
  fc.assert(
    fc.property(file, fc.array(fc.nat(40), { minLength: 1 }), ({ records, more, indent }, lengths) => {
      const text = JSON.stringify({ Records: records, ...more }, undefined, indent);
      const cutter = RecordCutter.for(text.slice(0, 20));
      const found: unknown[] = [];
      for (let at = 20, turn = 0; at < text.length; turn++) {
        const length = 1 + (lengths[turn % lengths.length] ?? 0);
        for (const cut of cutter?.push(text.slice(at, at + length)) ?? []) found.push(JSON.parse(cut));
        at += length;
      }
      if (text.length <= 20) for (const cut of cutter?.push('') ?? []) found.push(JSON.parse(cut));
      expect(found).toEqual(JSON.parse(text).Records);
      expect(cutter?.rest).toBe('');
    }),
  );
});

test('files that follow each other in one are all read', async () => {
  const one = JSON.stringify({ Records: [{ a: '"}]' }, { b: '\\' }] });
  expect(await eventsIn(`${one}\n${one}\n{"c":1}\n`)).toEqual([
    ...[{ a: '"}]' }, { b: '\\' }, { a: '"}]' }, { b: '\\' }],
    { c: 1 },
  ]);
});

test('what came before a file breaks off is read, and the break is told', async () => {
  expect(await eventsIn('{"Records":[{"a":1},{"b":')).toEqual([{ a: 1 }, UNREADABLE]);
  expect(await eventsIn('{"Records":[{"a":1},{"b" 2},{"c":3}]}')).toEqual([{ a: 1 }, UNREADABLE, { c: 3 }]);
});
