/**
 * One closed set of log fields. A field that is not in `LogFields` cannot be logged, so that adding one is a
 * change that gets reviewed. Values are names, ARNs, codes and numbers; never a part of a secret.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export interface LogFields {
  readonly step?: string;
  readonly secretArn?: string;
  readonly versionId?: string;
  readonly engine?: string;
  /** Product and version as the server reports them. */
  readonly server?: string;
  readonly strategy?: string;
  readonly outcome?: 'succeeded' | 'failed' | 'nothing to do';
  readonly durationMs?: number;
  /** Logins tried at the database, and those of them that were not accepted. */
  readonly logins?: number;
  readonly failedLogins?: number;
  /** Of a check: the names of what failed. */
  readonly failedChecks?: readonly string[];
  /** How the secret's copies in other Regions were in the end, by Region, and how long they were waited for. */
  readonly replicas?: Readonly<Record<string, string>>;
  readonly replicaWaitMs?: number;
  /** What a rotation could not find out, in a sentence. */
  readonly note?: string;
  /** SQL that would end a difference of rights between the users of a pair. */
  readonly rightsMissing?: readonly string[];
  readonly rightsSurplus?: readonly string[];
  /** SQL that would give back what `rotation.surplus` "revoke" took. */
  readonly rightsRevoked?: readonly string[];
  /** Of an audit: events judged, records that could not be read, findings, and alerts sent. */
  readonly events?: number;
  readonly unreadable?: readonly string[];
  /** Secrets that a sweep looked at. */
  readonly secrets?: number;
  readonly findings?: number;
  readonly suppressed?: number;
  readonly alerts?: readonly string[];
  /** Ids of detectors that failed on an event. */
  readonly brokenDetectors?: readonly string[];
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly retryable?: boolean;
  readonly field?: string;
  readonly sqlState?: string;
  readonly awsError?: string;
  readonly stack?: string;
}

export interface Log {
  /** Writes the one line of an invocation, and its metrics. */
  outcome(message: string, fields: LogFields): void;
}

/** JSON lines by Powertools; metrics in CloudWatch's embedded format, namespace `Keyturn`. */
export function createLog(service: string): Log {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ namespace: 'Keyturn', serviceName: service });
  return {
    outcome(message, fields) {
      logger[fields.outcome === 'failed' ? 'error' : 'info'](message, { ...fields });
      metrics.addDimensions({
        step: fields.step ?? 'none',
        outcome: fields.outcome ?? 'failed',
        errorCode: fields.errorCode ?? 'none',
      });
      metrics.addMetric('Steps', MetricUnit.Count, 1);
      metrics.addMetric('StepDuration', MetricUnit.Milliseconds, fields.durationMs ?? 0);
      metrics.publishStoredMetrics();
    },
  };
}
