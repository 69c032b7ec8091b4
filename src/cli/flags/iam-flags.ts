// Readers of the flags that speak of IAM: ARNs, paths, session durations; and of the hosting flags.
// Shapes only; whether a thing exists is asked of AWS later.

import {
  bucketNamespaces,
  regionalNameProblem,
  type BucketNamespace,
} from '../../core/bucket-names.ts';
import { partitionProblem } from '../../core/requests/policy-grammar.ts';
import {
  addIssue,
  parseDuration,
  readBoolean,
  readChoice,
  readText,
  type Reading,
} from './flags.ts';

const arnShapes = {
  'oidc-provider': {
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[^\s/]+(?:\/[^\s]*)?$/,
    example: 'arn:aws:iam::111122223333:oidc-provider/d111111abcdef8.cloudfront.net',
  },
  policy: {
    pattern: /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/,
    example: 'arn:aws:iam::111122223333:policy/boundary',
  },
  role: {
    pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,577}$/,
    example: 'arn:aws:iam::111122223333:role/probe',
  },
} as const;

/** What to do about an empty ARN, which a query that found nothing leaves in a script. */
const emptyArn: { readonly [kind in keyof typeof arnShapes]?: string } = {
  'oidc-provider': 'is empty: give an ARN, or omit it to find the provider by --name',
};

/** The ARN of an IAM resource of that kind; undefined without the flag. */
export function readArn(
  reading: Reading,
  arn: {
    readonly flag: string;
    readonly kind: keyof typeof arnShapes;
    /** Of the account, where it is known. */
    readonly partition?: string | undefined;
  },
): string | undefined {
  const text = readText(reading, arn.flag, emptyArn[arn.kind]);
  if (text === undefined) return undefined;
  const shape = arnShapes[arn.kind];
  const problem = shape.pattern.test(text)
    ? partitionProblem(text, arn.partition)
    : `is not the ARN of an IAM ${arn.kind}, such as ${shape.example}`;
  if (problem === undefined) return text;
  addIssue(reading, { flag: arn.flag, message: `"${text}" ${problem}` });
  return undefined;
}

/** `--permissions-boundary-arn <arn>|none`; undefined leaves the boundary alone. */
export function readPermissionsBoundary(reading: Reading, partition?: string): string | undefined {
  const flag = 'permissionsBoundaryArn';
  if (reading.flags[flag] === 'none') return 'none';
  return readArn(reading, { flag, kind: 'policy', partition });
}

/**
 * `--role-path`: `/` or `/team/`, at most 512 characters.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 */
export function readRolePath(reading: Reading): string | undefined {
  const text = readText(reading, 'rolePath');
  if (text === undefined) return undefined;
  // IAM would take `<x>` too; in plans it stands for what is not known yet.
  if (/^\/(?:[!-;=?-~]+\/)?$/.test(text) && text.length <= 512) return text;
  addIssue(reading, {
    flag: 'rolePath',
    message: `"${text}" is not an IAM path: it begins and ends with "/", such as /clusters/`,
  });
  return undefined;
}

/**
 * `--max-session-duration` in seconds: a number of seconds or a duration, one to twelve hours.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 */
export function readMaxSessionDuration(reading: Reading): number | undefined {
  const flag = 'maxSessionDuration';
  const text = readText(reading, flag);
  if (text === undefined) return undefined;
  const milliseconds = parseDuration(/^\d+$/.test(text) ? `${text}s` : text);
  if (milliseconds !== undefined && milliseconds >= 3_600_000 && milliseconds <= 43_200_000) {
    return milliseconds / 1000;
  }
  addIssue(reading, {
    flag,
    message: `"${text}" is not between 1h and 12h (3600 and 43200 seconds)`,
  });
  return undefined;
}

/**
 * The layout that was asked for: `--public-s3-bucket[=bool]`, or `--create-private-s3-bucket[=bool]`
 * in ccoctl's spelling. Undefined where neither flag is given; a contradiction is an issue.
 */
export function readLayout(reading: Reading): 'private' | 'public' | undefined {
  const open = readBoolean(reading, 'publicS3Bucket');
  const closed = readBoolean(reading, 'createPrivateS3Bucket');
  if (open !== undefined && closed !== undefined && open === closed) {
    const message = 'contradicts --create-private-s3-bucket; give one of the two';
    addIssue(reading, { flag: 'publicS3Bucket', message });
  }
  const isPublic = open ?? (closed === undefined ? undefined : !closed);
  if (isPublic === undefined) return undefined;
  return isPublic ? 'public' : 'private';
}

/** `--bucket-namespace`; an issue where the name cannot have a bucket there. */
export function readBucketNamespace(reading: Reading): BucketNamespace | undefined {
  const flag = 'bucketNamespace';
  const namespace = readChoice(reading, { flag, of: bucketNamespaces });
  if (namespace !== 'account-regional') return namespace;
  const { name: own, sharedHosting, region } = reading.flags;
  const name = sharedHosting ?? own;
  if (typeof name !== 'string' || typeof region !== 'string') return namespace;
  const problem = regionalNameProblem({ name, region });
  if (problem !== undefined) {
    addIssue(reading, { flag, message: `"${namespace}" cannot be: ${problem}` });
  }
  return namespace;
}
