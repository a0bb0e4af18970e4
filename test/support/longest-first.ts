/**
 * The order of the files: what takes minutes goes first, so that no processor idles at the end. Without a run before
 * it Vitest goes by the size of the files, and these are small.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = /\/(crash-matrix-.+|bench)\.test\.ts$/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
