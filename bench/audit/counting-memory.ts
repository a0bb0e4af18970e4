/** A memory that counts what DynamoDB would be asked, and costs. */
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { Addition, ItemKey, Marks } from '../../shared/audit/memory/memory.ts';

/** Keys of one BatchGetItem, and bytes of a write and of a read unit. */
const MOST_KEYS = 100;
const WRITE_UNIT = 1024;
const READ_UNIT = 4096;

export class CountingMemory extends InProcessMemory {
  calls = 0;
  writeUnits = 0;
  readUnits = 0;

  forget(): void {
    [this.calls, this.writeUnits, this.readUnits] = [0, 0, 0];
  }

  override async read(keys: readonly ItemKey[]) {
    const found = await super.read(keys);
    this.calls += Math.ceil(keys.length / MOST_KEYS);
    // Consistent reads, each of at least one unit.
    found.forEach((marks, at) => {
      this.readUnits += units(keys[at], marks, READ_UNIT);
    });
    return found;
  }

  override async add(additions: readonly Addition[]) {
    const after = await super.add(additions);
    this.calls += additions.length;
    after.forEach((marks, at) => {
      this.writeUnits += units(additions[at]?.key, marks, WRITE_UNIT);
    });
    return after;
  }

  override claim(key: ItemKey, what: string, now: number, until: number) {
    this.calls += 1;
    this.writeUnits += 1;
    return super.claim(key, what, now, until);
  }
}

/** The whole item counts, whatever part of it changes. */
function units(key: ItemKey | undefined, marks: Marks, size: number): number {
  let bytes = (key?.subject.length ?? 0) + (key?.span.length ?? 0) + 40;
  for (const mark of marks) bytes += mark.length;
  return Math.ceil(bytes / size);
}
