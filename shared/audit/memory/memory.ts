/**
 * What the audit remembers: sets of marks, one set an item. Marks are only ever added, so neither the order of events
 * nor their repetition changes what is known, and two functions may write the same item at once.
 */

export interface ItemKey {
  /** Whom or what it is about, for instance `principal/arn:aws:iam::…` */
  readonly subject: string;
  /** The time it covers, in the form of `spans.ts`. */
  readonly span: string;
}

/** Short texts; what each means is said in `marks.ts`. */
export type Marks = ReadonlySet<string>;

export interface Addition {
  readonly key: ItemKey;
  /** At least one. */
  readonly marks: Marks;
  /** When the item may be forgotten, in milliseconds since 1970; the latest of all additions counts. */
  readonly until: number;
}

export interface Memory {
  /**
   * The items' marks at this moment, in the order of the keys; empty for an item that does not exist. Includes all
   * additions that were resolved before the call, by any process.
   */
  read(keys: readonly ItemKey[]): Promise<readonly Marks[]>;

  /** Adds marks, and resolves to the items' marks afterwards, in the order of the additions. */
  add(additions: readonly Addition[]): Promise<readonly Marks[]>;

  /**
   * Lets one process at a time do a thing that must be done once. What was done is then noted by `add`; if the process
   * dies before that, the claim ends with its lease and another may do the thing again.
   * @param now milliseconds since 1970. @param until when the claim ends.
   * @returns whether the claim is ours; false while another's has not ended.
   */
  claim(key: ItemKey, what: string, now: number, until: number): Promise<boolean>;
}
