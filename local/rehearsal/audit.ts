/** The audit half of the rehearsal: quiet while passwords rotate, loud when somebody steals. */
import { type AuditPipeline, type ReceivedAlert, startAuditPipeline } from '../audit/pipeline.ts';
import { type EventBus, eventBus } from '../event-bus.ts';
import { ACCOUNT, FUNCTION_CALLER, REGION } from './stage.ts';
import { stageTheft } from './theft.ts';

/** `audit` of `npm run rehearse -- --json`. */
export interface RehearsedAudit {
  /** That CloudTrail made of the rotations and the theft. */
  readonly records: number;
  readonly alertsDuringRotation: number;
  readonly theft: {
    /** `none` when the theft was not told. */
    readonly severity: string;
    readonly detectors: readonly string[];
    readonly secrets: number;
  };
}

export interface AuditOnStage extends AsyncDisposable {
  /** For the models of the rotations. */
  readonly bus: EventBus;
  /** Judges what came from the bus since the last call. */
  rotated(): Promise<void>;
  /** Stages the theft. @returns what was told of it, for a person, besides */
  end(): Promise<{ readonly report: RehearsedAudit; readonly alert: ReceivedAlert | undefined }>;
}

export const isAuditAsPromised = ({ alertsDuringRotation, theft }: RehearsedAudit): boolean =>
  alertsDuringRotation === 0 && theft.severity !== 'none';

export async function startAudit(): Promise<AuditOnStage> {
  const pipeline: AuditPipeline = await startAuditPipeline(REGION, {
    KEYTURN_ROTATION_ROLES: `arn:aws:iam::${ACCOUNT}:role/${FUNCTION_CALLER}`,
    KEYTURN_ROTATION_FUNCTIONS: `arn:aws:lambda:${REGION}:*:function:rotate-*`,
  });
  const bus = eventBus();
  let records = 0;
  let alertsDuringRotation = 0;
  const judge = async (events: ReturnType<EventBus['take']>) => {
    records += events.filter(
      ({ source, detail }) => source.startsWith('aws.') && 'eventName' in detail,
    ).length;
    return await pipeline.judge(events);
  };
  return {
    bus,
    async rotated() {
      alertsDuringRotation += (await judge(bus.take())).length;
    },
    async end() {
      const [alert] = await judge(await stageTheft());
      const report = { records, alertsDuringRotation, theft: theftOf(alert) };
      return { report, alert };
    },
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}

const theftOf = (alert: ReceivedAlert | undefined): RehearsedAudit['theft'] => ({
  severity: alert?.severity ?? 'none',
  detectors: alert?.findings.map(({ detector }) => detector) ?? [],
  secrets: alert?.secrets.total ?? 0,
});
