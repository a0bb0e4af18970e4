/** The audit's suppressions in a parameter file: judged as the audit will judge them. */
import * as v from 'valibot';
import { parseSuppressions } from '../../shared/audit/incidents/suppressions.ts';
import { isKeyturnError } from '../../shared/core/errors.ts';

export const suppressions = v.optional(
  v.pipe(
    v.array(v.unknown()),
    v.transform((list) => JSON.stringify(list)),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parseSuppressions(dataset.value, Date.now());
      } catch (error) {
        if (!isKeyturnError(error)) throw error;
        addIssue({ message: error.what.replace(/^KEYTURN_SUPPRESSIONS |\.$/g, '') });
      }
    }),
  ),
  [],
);
