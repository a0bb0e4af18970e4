/** Files of CloudTrail are read as they come, however they are cut and written. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { eventsOfFile, NO_HISTORY, UNREADABLE } from '../../cli/history.ts';
import { historyFiles } from '../../cli/history-files.ts';
import { RecordCutter } from '../../cli/record-cutter.ts';
import { readEvent } from '../../shared/audit/events/read-event.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-history-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function eventsIn(text: string | Buffer): Promise<unknown[]> {
  const path = join(folder, 'file.json');
  writeFileSync(path, text);
  const events: unknown[] = [];
  for await (const event of eventsOfFile({ path, bytes: text.length })) events.push(event);
  return events;
}

/** As much of a record as tells that it is one. */
const made = (more: object = {}) => ({ eventID: 'e', eventName: 'GetSecretValue', ...more });

const record = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue());
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
  const [one, other, third] = [made({ a: '"}]' }), made({ b: '\\' }), made({ c: 1 })];
  const text = JSON.stringify({ Records: [one, other] });
  expect(await eventsIn(`${text}\n${text}\n${JSON.stringify(third)}\n`)).toEqual([
    ...[one, other, one, other],
    third,
  ]);
});

test('what came before a file breaks off is read, and the break is told', async () => {
  const whole = JSON.stringify(made());
  expect(await eventsIn(`{"Records":[${whole},{"b":`)).toEqual([made(), UNREADABLE]);
  expect(await eventsIn(`{"Records":[${whole},{"b" 2},${whole}]}`)).toEqual([made(), UNREADABLE, made()]);
});

test('a record without an end does not fill the memory, and a long one takes no more than its time', () => {
  const cutter = RecordCutter.for('{"Records":[{"a":"');
  const [chunk, started] = ['x'.repeat(2 ** 16), performance.now()];
  let chunks = 0;
  for (; cutter?.isLost === false; chunks++) expect(cutter.push(chunk)).toEqual([]);
  expect(chunks).toBeLessThan(2000);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('what stands in the place of a record and is none is told', async () => {
  expect(await eventsIn(JSON.stringify({ Records: [made(), {}, 'x', null, 7, [], made()] }))).toEqual([
    made(),
    ...Array<symbol>(5).fill(UNREADABLE),
    made(),
  ]);
  expect(await eventsIn('{"Records":[{}]}')).toEqual([UNREADABLE]);
});

describe('a record is found', () => {
  const event = { 'detail-type': 'AWS API Call via CloudTrail', detail: made() };
  const lookedUp = { EventId: 'e', EventName: 'GetSecretValue', CloudTrailEvent: JSON.stringify(made()) };
  test.each<[string, unknown, unknown]>([
    ['in a list', [made()], made()],
    ['as an event of EventBridge', event, event],
    ['in what lookup-events prints', { Events: [lookedUp] }, made()],
    ['in a message of a queue', { Messages: [{ MessageId: 'm', Body: JSON.stringify(event) }] }, event],
    ['in what a queue invokes with', { Records: [{ messageId: 'm', body: JSON.stringify(event) }] }, event],
    ['in hits of a search', { hits: { hits: [{ _source: made() }] } }, made()],
    ['in a text over many lines', { result: { _raw: JSON.stringify(made(), undefined, 2) } }, made()],
  ])('%s', async (_, document, found) => {
    expect(await eventsIn(JSON.stringify(document))).toEqual([found]);
    expect(await eventsIn(JSON.stringify(document, undefined, 2))).toEqual([found]);
  });

  test('in a row of a table, where objects are texts', async () => {
    const whole = made({ userIdentity: { type: 'Root' }, requestParameters: { secretId: 'a' } });
    const row = {
      ...whole,
      userIdentity: JSON.stringify({ type: 'Root' }),
      requestParameters: JSON.stringify({ secretId: 'a' }),
      responseElements: '',
    };
    expect(await eventsIn(JSON.stringify([row]))).toEqual([{ ...whole, responseElements: null }]);
    const [unknown] = await eventsIn(JSON.stringify({ ...row, userIdentity: '{type=Root}' }));
    expect(readEvent(unknown)).toMatchObject({ reason: 'is not a JSON object' });
  });

  test('in the text of a hit, and not in what was found in that', async () => {
    const result = { _raw: JSON.stringify(made({ a: 1 })), ...made(), 'userIdentity.type': 'Root' };
    expect(await eventsIn(JSON.stringify({ preview: false, result }))).toEqual([made({ a: 1 })]);
  });

  test('once, and nothing of it is one too', async () => {
    const requestParameters = { policy: JSON.stringify(made()), inner: made() };
    expect(await eventsIn(JSON.stringify(made({ requestParameters })))).toEqual([
      made({ requestParameters }),
    ]);
  });
});

test('a file of other JSON is passed over as a whole; among records it is told', async () => {
  const call = { eventName: 'GetSecretValue', eventSource: 'secretsmanager.amazonaws.com' };
  const digest = {
    awsAccountId: '1',
    digestStartTime: '2026-11-20T09:00:00Z',
    logFiles: [{ s3Bucket: 'b' }],
  };
  for (const other of [digest, {}, 'text', 7, null, { rule: 'x', match: [call] }, [{ a: 1 }, { b: '{}' }]])
    expect(await eventsIn(JSON.stringify(other))).toEqual([NO_HISTORY]);
  expect(await eventsIn('[]')).toEqual([]);
  expect(await eventsIn('{"a":1}\n{"b":2}\n')).toEqual([NO_HISTORY]);
  const among = ['{"a":1}', JSON.stringify(made()), '{"b":2}'].join('\n');
  expect(await eventsIn(among)).toEqual([made(), UNREADABLE, UNREADABLE]);
});

describe('a file that is zipped', () => {
  const lines = Array.from({ length: 5000 }, (_, at) => made({ at }));
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const zipped = gzipSync(text);

  test('is told by what is in it, not by its name, and may be of several parts', async () => {
    expect(await eventsIn(Buffer.concat([zipped, gzipSync('\n'), zipped]))).toEqual([...lines, ...lines]);
    const path = join(folder, 'plain.json.gz');
    writeFileSync(path, JSON.stringify([made()]));
    const events: unknown[] = [];
    for await (const event of eventsOfFile({ path, bytes: 0 })) events.push(event);
    expect(events).toEqual([made()]);
  });

  test.each([
    ['at its check', zipped.subarray(0, -8)],
    ['in its check', Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8)])],
    ['before its end', zipped.subarray(0, -99)],
  ])('is read as far as it goes where it breaks off %s, and that is told once', async (_, broken) => {
    const events = await eventsIn(broken);
    expect(events.length).toBeGreaterThan(4500);
    expect(events).toEqual([...lines.slice(0, events.length - 1), UNREADABLE]);
  });

  test('is told where it breaks off in a file of records, or has no more than a beginning', async () => {
    const file = gzipSync(JSON.stringify({ Records: lines }));
    expect((await eventsIn(file.subarray(0, file.length / 2))).at(-1)).toBe(UNREADABLE);
    expect(await eventsIn(zipped.subarray(0, 6))).toEqual([UNREADABLE]);
  });
});

describe('lines', () => {
  const [one, other, third] = [1, 2, 3].map((at) => JSON.stringify(made({ at }))) as [string, string, string];
  const all = [made({ at: 1 }), made({ at: 2 }), made({ at: 3 })];

  test.each([
    ['as Firehose writes them, without a break', one + other + third],
    [
      'each after the time, as an export of a log has them',
      `2026-11-20T09:00:00.000Z ${one}\n9 ${other}\n- ${third}`,
    ],
    [
      'printed over many lines, one after the other',
      all.map((record) => JSON.stringify(record, null, 2)).join('\n'),
    ],
    ['as Windows writes them', Buffer.from(`\uFEFF${[one, other, third].join('\r\n')}\r\n`, 'utf16le')],
  ])('%s', async (_, text) => {
    expect(await eventsIn(text)).toEqual(all);
  });

  test('are not hidden by a first one that is broken', async () => {
    expect(await eventsIn([one.slice(9), other, third, one].join('\n'))).toEqual([
      ...[UNREADABLE, made({ at: 2 }), made({ at: 3 })],
      made({ at: 1 }),
    ]);
    expect(await eventsIn(['{broken', third].join('\n'))).toEqual([UNREADABLE, made({ at: 3 })]);
  });

  test('end where JSON may have a break, and nowhere else', async () => {
    const odd = made({ userAgent: 'a\u2028b\u2029c\u0085d' });
    expect(await eventsIn(`${JSON.stringify(odd)}\r${JSON.stringify(odd)}\n\r\n${one}`)).toEqual([
      ...[odd, odd],
      made({ at: 1 }),
    ]);
  });
});

test('however deep a document is, and whatever a log is said to have sent, nothing breaks', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(await eventsIn(deep)).toEqual([NO_HISTORY]);
  expect(await eventsIn(`{"Records":[${deep}]}`)).toEqual([UNREADABLE]);
  expect(await eventsIn('{"awslogs":{"data":"eA=="}}')).toEqual([UNREADABLE]);
});

test('a list is cut into its records as they come, and what breaks off is told', async () => {
  expect(await eventsIn(`[${JSON.stringify(made())},{"a":1},[${JSON.stringify(made())}],{"b`)).toEqual([
    ...[made(), made(), UNREADABLE],
    UNREADABLE,
  ]);
});

test.each([
  ['as it is', (text: string) => Buffer.from(text)],
  ['zipped', (text: string) => gzipSync(text, { level: 0 })],
])('how far a large file is read is told on the way: %s', async (_, packed) => {
  const path = join(folder, 'large.json');
  const bytes = packed(JSON.stringify({ Records: Array.from({ length: 20_000 }, () => made()) }));
  writeFileSync(path, bytes);
  const told: number[] = [];
  const noted = (read: number): void => void told.push(read);
  for await (const _event of eventsOfFile({ path, bytes: bytes.length }, noted));
  expect(told.length).toBeGreaterThan(9);
  expect(told).toEqual(told.toSorted((one, other) => one - other));
  expect(told.at(-1)).toBe(bytes.length);
});

describe('what cannot be read', () => {
  const told = async (path: string): Promise<string> =>
    await historyFiles([path]).then(
      () => '',
      (error: Error) => error.message,
    );

  test('is no file, or a link to itself', async () => {
    const link = join(folder, 'itself.json');
    symlinkSync(link, link);
    expect(await told(link)).toBe(`there is no file or folder ${link}`);
    expect(await told('/dev/null')).toMatch(
      /^\/dev\/null is no file and no folder\. .* write it to a file first$/,
    );
  });

  test('went while others were read', async () => {
    const path = join(folder, 'gone.json');
    const events = eventsOfFile({ path, bytes: 1 })[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toThrow(`${path} cannot be read: ENOENT: no such file or directory`);
  });
});

test('a folder has the files in it and below it, and those it links to', async () => {
  const within = join(folder, 'a folder');
  mkdirSync(join(within, 'below.json'), { recursive: true });
  const [elsewhere, below] = [join(folder, 'elsewhere'), join(within, 'below.json', 'one.json.gz')];
  for (const path of [elsewhere, below, join(within, 'no history.txt')]) writeFileSync(path, '[]');
  const link = join(within, 'link.json');
  symlinkSync(elsewhere, link);
  symlinkSync(join(folder, 'nowhere'), join(within, 'broken.json'));
  expect(await historyFiles([within])).toEqual([
    { path: below, bytes: 2 },
    { path: link, bytes: 2 },
  ]);
});

test('the files of CloudTrail come by the hour, whatever Region they are of', async () => {
  const name = (region: string, at: string) =>
    `AWSLogs/111122223333/CloudTrail/${region}/111122223333_CloudTrail_${region}_${at}_AbCdEfGhIjKlMnOp.json.gz`;
  const by = ['20261130T0900Z', '20261130T1000Z'].flatMap((at) =>
    ['eu-west-1', 'us-gov-east-1'].map((region) => name(region, at)),
  );
  const within = join(folder, 'delivered');
  for (const path of ['aside.json', ...by]) {
    mkdirSync(dirname(join(within, path)), { recursive: true });
    writeFileSync(join(within, path), '[]');
  }
  const found = await historyFiles([join(within, 'AWSLogs'), join(within, 'aside.json')]);
  expect(found.map(({ path }) => relative(within, path))).toEqual(['aside.json', ...by]);
});
