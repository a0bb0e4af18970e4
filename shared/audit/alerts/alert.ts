/** What SNS gets. The published form is docs/alert.schema.json, made of `AlertSchema`. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Detector } from '../detectors/detector.ts';
import { DETECTORS } from '../detectors/index.ts';
import type { AuditEvent } from '../events/event.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Shelf } from '../memory/shelf.ts';
import { historyLink } from './links.ts';
import { safeText } from './safe-text.ts';
import { atRisk, SecretAtRisk } from './secret-at-risk.ts';

const Severity = v.picklist(['low', 'medium', 'high', 'critical']);
const Time = v.pipe(v.string(), v.isoTimestamp());

export const AlertSchema = v.object({
  version: v.pipe(v.literal(1), v.description('Of this form; a field may be added without a new one.')),
  id: v.pipe(
    v.string(),
    v.description('The same if the alert is sent twice: to be ignored the second time.'),
  ),
  incidentId: v.pipe(v.string(), v.description('The same for an alert and its update.')),
  stage: v.pipe(
    v.picklist(['first', 'grown', 'storm', 'digest']),
    v.description('`grown` updates an earlier alert; `storm` stands for many.'),
  ),
  severity: Severity,
  title: v.string(),
  accountId: v.string(),
  region: v.string(),
  principal: v.object({
    key: v.pipe(v.string(), v.description('The same for all sessions of one actor.')),
    type: v.string(),
    arn: v.nullable(v.string()),
    accessKeyId: v.nullable(v.string()),
  }),
  firstEventTime: Time,
  lastEventTime: Time,
  findings: v.array(
    v.object({
      detector: v.string(),
      title: v.string(),
      severity: Severity,
      because: v.array(v.string()),
      why: v.string(),
      techniques: v.pipe(v.array(v.string()), v.description('Of MITRE ATT&CK.')),
    }),
  ),
  secrets: v.object({
    total: v.pipe(v.number(), v.description('May be more than are listed; 200 stands for 200 or more.')),
    listed: v.array(SecretAtRisk),
  }),
  origins: v.array(
    v.object({ address: v.string(), vpcEndpointId: v.nullable(v.string()), tool: v.string() }),
  ),
  eventIds: v.pipe(v.array(v.string()), v.description('Of CloudTrail; the first ones.')),
  runbook: v.array(v.string()),
  links: v.object({ event: v.string(), accessKey: v.nullable(v.string()) }),
});

export type Alert = v.InferOutput<typeof AlertSchema>;

/** With names as long as they may be, the whole stays below the 256 KB that SNS takes. */
const MOST_SECRETS = 50;
const MOST_SENTENCES = 4;

/** @param event one of the incident, for who and where. */
export function alertOf(
  incident: Incident,
  stage: 'first' | 'grown',
  event: AuditEvent,
  shelf: Shelf,
): Alert {
  const { principal, region } = event;
  const found = incident.findings.map((finding) => ({ ...finding, detector: detectorOf(finding.detector) }));
  return {
    version: 1,
    id: idOf(incident.id, stage),
    incidentId: idOf(incident.id, 'incident'),
    stage,
    severity: incident.severity,
    title: titleOf(incident),
    accountId: safeText(event.accountId, 20),
    region: safeText(region, 40),
    principal: {
      key: safeText(principal.key, 300),
      type: principal.type,
      arn: principal.arn === undefined ? null : safeText(principal.arn, 300),
      accessKeyId: principal.accessKeyId === undefined ? null : safeText(principal.accessKeyId, 40),
    },
    firstEventTime: new Date(incident.firstTime).toISOString(),
    lastEventTime: new Date(incident.lastTime).toISOString(),
    findings: found.map(({ detector, severity, because }) => ({
      detector: detector.id,
      title: detector.title,
      severity,
      because: because.slice(0, MOST_SENTENCES).map((sentence) => safeText(sentence, 400)),
      why: detector.why,
      techniques: [...detector.techniques],
    })),
    secrets: {
      total: incident.secrets.size,
      listed: [...incident.secrets]
        .slice(0, MOST_SECRETS)
        .map(([key, reading]) => atRisk(key, reading, event, shelf)),
    },
    origins: incident.origins.map(readOrigin),
    eventIds: incident.eventIds.map((id) => safeText(id, 100)),
    runbook: [...new Set(found.flatMap(({ detector, alerts }) => (alerts ? detector.runbook : [])))],
    links: {
      event: historyLink(region, 'EventId', event.id),
      accessKey:
        principal.accessKeyId === undefined
          ? null
          : historyLink(region, 'AccessKeyId', principal.accessKeyId),
    },
  };
}

export const titleOf = ({ findings: [gravest] }: Incident): string =>
  gravest === undefined ? 'Something is unusual' : detectorOf(gravest.detector).title;

function readOrigin(text: string): Alert['origins'][number] {
  const [address = '', vpcEndpointId = '', tool = ''] = text.split('|');
  return {
    address: safeText(address, 60),
    vpcEndpointId: vpcEndpointId === '' ? null : safeText(vpcEndpointId),
    tool,
  };
}

/** A finding of a detector that is no longer there keeps its name. */
function detectorOf(id: string): Pick<Detector, 'id' | 'title' | 'why' | 'techniques' | 'runbook'> {
  return (
    DETECTORS.find((detector) => detector.id === id) ?? {
      id,
      title: id,
      why: '',
      techniques: [],
      runbook: [],
    }
  );
}

/** Incident ids hold names and are long; these are short, and the same wherever they are made. */
export const idOf = (incidentId: string, stage: string): string =>
  createHash('sha256').update(`${incidentId}#${stage}`).digest('hex').slice(0, 24);
