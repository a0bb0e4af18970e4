/** Steps that many runbooks share. */

export const ASK = 'Ask the owner of the principal whether they did this, and what for.';

export const REVOKE =
  'If not, deny the principal: revoke the sessions of the role, or disable the access key. Never deny the role of a rotation function.';

export const ROTATE =
  'Rotate every secret of the list; twice where two users or two passwords take turns, because the one before still works after one rotation.';

export const LOOK = 'Look for what the principal did before and after, in CloudTrail, by its access key.';

export const UNDO = 'If nobody meant it, undo it, and look for what else was changed by the same principal.';
