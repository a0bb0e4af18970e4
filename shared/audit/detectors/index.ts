import { auditSilent } from './audit-silent.ts';
import { auditTampered } from './audit-tampered.ts';
import { broadBatch } from './broad-batch.ts';
import { burstRead } from './burst-read.ts';
import { crossAccountRead } from './cross-account-read.ts';
import { databasePasswordReset } from './database-password-reset.ts';
import { decryptDenied } from './decrypt-denied.ts';
import { decryptWithoutRead } from './decrypt-without-read.ts';
import { deletedSecretRead } from './deleted-secret-read.ts';
import { deniedProbes } from './denied-probes.ts';
import { deniedThenRead } from './denied-then-read.ts';
import type { Detector } from './detector.ts';
import { dormantPrincipal } from './dormant-principal.ts';
import { dormantSecret } from './dormant-secret.ts';
import { endpointDenied } from './endpoint-denied.ts';
import { eventsUnreadable } from './events-unreadable.ts';
import { firstBatch } from './first-batch.ts';
import { firstRead } from './first-read.ts';
import { foreignEndpoint } from './foreign-endpoint.ts';
import { honeytoken } from './honeytoken.ts';
import { humanRead } from './human-read.ts';
import { keyEndangered } from './key-endangered.ts';
import { keyOpened } from './key-opened.ts';
import { keySwapped } from './key-swapped.ts';
import { labelWithoutCall } from './label-without-call.ts';
import { listThenRead } from './list-then-read.ts';
import { manyRegions } from './many-regions.ts';
import { manyRekeyed } from './many-rekeyed.ts';
import { nameGuessing } from './name-guessing.ts';
import { newNetwork } from './new-network.ts';
import { newReader } from './new-reader.ts';
import { oddVersionRead } from './odd-version-read.ts';
import { policyExposure } from './policy-exposure.ts';
import { rareHour } from './rare-hour.ts';
import { readRate } from './read-rate.ts';
import { referenceRead } from './reference-read.ts';
import { replicaOutOfStep } from './replica-out-of-step.ts';
import { replicaOverwritten } from './replica-overwritten.ts';
import { replicaRemoved } from './replica-removed.ts';
import { requestOmitted } from './request-omitted.ts';
import { rootUse } from './root-use.ts';
import { rotationAbandoned } from './rotation-abandoned.ts';
import { rotationFailed } from './rotation-failed.ts';
import { rotationFunctionChanged } from './rotation-function-changed.ts';
import { rotationHijacked } from './rotation-hijacked.ts';
import { rotationOff } from './rotation-off.ts';
import { rotationOn } from './rotation-on.ts';
import { rotationOverdue } from './rotation-overdue.ts';
import { rotationStuck } from './rotation-stuck.ts';
import { secretDeleted } from './secret-deleted.ts';
import { secretReplicated } from './secret-replicated.ts';
import { secretRestored } from './secret-restored.ts';
import { slowDrain } from './slow-drain.ts';
import { splitSession } from './split-session.ts';
import { stageMoved } from './stage-moved.ts';
import { staleReader } from './stale-reader.ts';
import { tagTampered } from './tag-tampered.ts';
import { trustOpened } from './trust-opened.ts';
import { unusualTool } from './unusual-tool.ts';
import { valueOverwritten } from './value-overwritten.ts';
import { wideGrant } from './wide-grant.ts';
import { workloadOutside } from './workload-outside.ts';

/** All detectors, in the order of docs/detectors.md. */
export const DETECTORS: readonly Detector[] = [
  burstRead,
  slowDrain,
  listThenRead,
  broadBatch,
  manyRegions,
  deniedProbes,
  decryptDenied,
  nameGuessing,
  deletedSecretRead,
  oddVersionRead,
  humanRead,
  rootUse,
  workloadOutside,
  honeytoken,
  crossAccountRead,
  endpointDenied,
  foreignEndpoint,
  referenceRead,
  firstRead,
  newReader,
  firstBatch,
  deniedThenRead,
  newNetwork,
  splitSession,
  unusualTool,
  rareHour,
  dormantSecret,
  dormantPrincipal,
  readRate,
  policyExposure,
  valueOverwritten,
  stageMoved,
  rotationHijacked,
  rotationFunctionChanged,
  rotationOff,
  rotationOn,
  keySwapped,
  manyRekeyed,
  keyEndangered,
  keyOpened,
  secretDeleted,
  secretRestored,
  secretReplicated,
  replicaRemoved,
  replicaOverwritten,
  tagTampered,
  requestOmitted,
  trustOpened,
  wideGrant,
  databasePasswordReset,
  rotationFailed,
  rotationAbandoned,
  rotationOverdue,
  rotationStuck,
  labelWithoutCall,
  replicaOutOfStep,
  staleReader,
  decryptWithoutRead,
  auditTampered,
  auditSilent,
  eventsUnreadable,
];
