import type { Subject } from '../subject.ts';

/**
 * Something that Secrets Manager does, run through the real SDK against whatever claims to be it. The facts are
 * AWS's documentation and recordings of the real service; where one is not plain from the API reference, its source
 * is given.
 */
export interface Behaviour {
  readonly name: string;
  readonly run: (subject: Subject) => Promise<void>;
}
