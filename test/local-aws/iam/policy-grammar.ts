// The grammar that IAM demands of policy documents: inline policies, managed policies, trust
// policies. Every breach is MalformedPolicyDocument 400 with AWS's own text (RULES-IAM.md).
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { AwsFault } from '../wire/protocol.ts';

/** A statement of a trust policy after the check, lists made of single values. */
export type TrustStatement = {
  readonly effect: 'Allow' | 'Deny';
  /** Values by kind: `AWS`, `Federated`, ... */
  readonly principal: { readonly [kind: string]: readonly string[] };
  readonly actions: readonly string[];
  /** Operator -> key -> values. */
  readonly conditions: {
    readonly [operator: string]: { readonly [key: string]: readonly string[] };
  };
};

type JsonObject = { readonly [key: string]: unknown };

const topElements = new Set(['Version', 'Id', 'Statement']);
const statementElements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const operatorName =
  /^(?:For(?:AnyValue|AllValues):)?(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Numeric(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Date(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?$|^(?:For(?:AnyValue|AllValues):)?Null$/;
const trustActions =
  /^sts:(?:AssumeRole|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|TagSession|SetSourceIdentity|SetContext)$/i;
const syntax = 'Syntax errors in policy.';

/** 400 MalformedPolicyDocument. */
function malformedPolicy(text: string): AwsFault {
  return new AwsFault(400, 'MalformedPolicyDocument', text);
}

/** Characters that count against a policy quota: whitespace does not. */
export function policySize(document: string): number {
  return document.replaceAll(/\s/g, '').length;
}

/**
 * Checks an identity policy: inline, or managed, where Version must be 2012-10-17.
 * `partition` is that of the account: resources must be of it.
 */
export function checkIdentityPolicy(
  document: string,
  of: { readonly kind: 'inline' | 'managed'; readonly partition: string },
): void {
  const { kind, partition } = of;
  const policy = parsePolicy(document, syntax);
  if (kind === 'managed' && policy.version !== '2012-10-17') {
    throw malformedPolicy('Policy document must be version 2012-10-17 or greater.');
  }
  for (const statement of policy.statements) {
    if ('Principal' in statement || 'NotPrincipal' in statement) {
      throw malformedPolicy('Policy document should not specify a principal.');
    }
    const actions = oneOf(statement, 'Action', 'NotAction');
    if (actions === undefined) throw malformedPolicy('Policy statement must contain actions.');
    actions.forEach(checkAction);
    const resources = oneOf(statement, 'Resource', 'NotResource');
    if (resources === undefined) throw malformedPolicy('Policy statement must contain resources.');
    for (const resource of resources) checkResource(resource, partition);
    readConditions(statement.Condition);
  }
}

/**
 * Checks a trust policy and gives its statements.
 * `partition` is that of the account: Federated ARNs must be of it.
 */
export function readTrustPolicy(document: string, partition: string): TrustStatement[] {
  return parsePolicy(document, 'This policy contains invalid Json').statements.map((statement) => {
    for (const field of ['Resource', 'NotResource']) {
      if (field in statement) throw malformedPolicy(`Has prohibited field ${field}`);
    }
    if ('NotPrincipal' in statement) throw malformedPolicy('Has prohibited field NotPrincipal');
    const principal = readPrincipal(statement.Principal, partition);
    const actions = 'NotAction' in statement ? undefined : oneOf(statement, 'Action', 'NotAction');
    if (actions === undefined || !actions.every((action) => trustActions.test(action))) {
      throw malformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.');
    }
    return {
      effect: statement.Effect === 'Deny' ? 'Deny' : 'Allow',
      principal,
      actions,
      conditions: readConditions(statement.Condition),
    };
  });
}

function parsePolicy(
  document: string,
  badJson: string,
): { readonly version: unknown; readonly statements: readonly JsonObject[] } {
  let policy: unknown;
  try {
    policy = JSON.parse(document);
  } catch {
    throw malformedPolicy(document.startsWith('\uFEFF') ? syntax : badJson);
  }
  if (!isObject(policy) || Object.keys(policy).some((key) => !topElements.has(key))) {
    throw malformedPolicy(syntax);
  }
  const { Version: version, Id: id } = policy;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy(syntax);
  }
  if (id !== undefined && typeof id !== 'string') throw malformedPolicy(syntax);
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  if (statements.length === 0) throw malformedPolicy(syntax);
  const sids = new Set<string>();
  for (const statement of statements) {
    if (!isObject(statement)) throw malformedPolicy(syntax);
    checkStatementFrame(statement, sids);
  }
  return { version, statements: statements as readonly JsonObject[] };
}

function checkStatementFrame(statement: JsonObject, sids: Set<string>): void {
  if (Object.keys(statement).some((key) => !statementElements.has(key))) {
    throw malformedPolicy(syntax);
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw malformedPolicy(syntax);
  const sid = statement.Sid;
  if (sid === undefined) return;
  if (typeof sid !== 'string') throw malformedPolicy(syntax);
  if (!/^[0-9A-Za-z]*$/.test(sid)) {
    throw malformedPolicy(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
  if (sid !== '' && sids.has(sid)) {
    throw malformedPolicy('Statement IDs (SID) in a single policy must be unique.');
  }
  sids.add(sid);
}

/** The values of one of two elements that exclude each other; undefined where none has a value. */
function oneOf(
  statement: JsonObject,
  positive: string,
  negative: string,
): readonly string[] | undefined {
  if (positive in statement && negative in statement) throw malformedPolicy(syntax);
  const value = positive in statement ? statement[positive] : statement[negative];
  if (value === undefined) return undefined;
  const values = Array.isArray(value) ? value : [value];
  if (!values.every((item) => typeof item === 'string')) throw malformedPolicy(syntax);
  return values.length === 0 ? undefined : values;
}

function checkAction(action: string): void {
  if (action === '*') return;
  const [vendor = '', name, more] = action.split(':');
  if (name === undefined) {
    throw malformedPolicy(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    );
  }
  if (more !== undefined) throw malformedPolicy('Actions/Condition can contain only one colon.');
  if (!/^[A-Za-z0-9-]+$/.test(vendor)) throw malformedPolicy(`Vendor ${vendor} is not valid`);
  if (!/^[A-Za-z0-9*?]+$/.test(name)) throw malformedPolicy(syntax);
}

function checkResource(resource: string, own: string): void {
  if (resource === '*') return;
  const [prefix, partition = '', vendor = '', , , ...rest] = resource.split(':');
  if (prefix !== 'arn' || (rest.length === 0 && !resource.endsWith('*'))) {
    throw malformedPolicy(`Resource ${resource} must be in ARN format or "*".`);
  }
  if (!/[*?]/.test(partition) && partition !== own) {
    throw malformedPolicy(`Partition "${partition}" is not valid for resource "${resource}".`);
  }
  if (rest.length > 0 && !/^[A-Za-z0-9*?-]+$/.test(vendor)) {
    throw malformedPolicy(`Vendor ${vendor} is not valid`);
  }
}

function readPrincipal(
  principal: unknown,
  partition: string,
): { readonly [kind: string]: readonly string[] } {
  if (principal === '*') {
    throw malformedPolicy('AssumeRolepolicy contained an invalid principal: "STAR":"*".');
  }
  const kinds: { [kind: string]: readonly string[] } = {};
  if (principal !== undefined) {
    if (!isObject(principal)) throw malformedPolicy(syntax);
    for (const [kind, value] of Object.entries(principal)) {
      if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(kind)) {
        throw malformedPolicy(syntax);
      }
      const values = Array.isArray(value) ? value : [value];
      if (!values.every((item) => typeof item === 'string')) throw malformedPolicy(syntax);
      for (const item of values) checkPrincipal(kind, item, partition);
      if (values.length > 0) kinds[kind] = values;
    }
  }
  if (Object.keys(kinds).length === 0) {
    throw malformedPolicy(
      'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: ' +
        'The passed in policy has a statement with no principals!',
    );
  }
  return kinds;
}

function checkPrincipal(kind: string, value: string, partition: string): void {
  const arn = new RegExp(`^arn:${partition}:iam::\\d{12}:`);
  const domain = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
  if (kind === 'Federated') {
    const provider =
      arn.test(value) && /:(?:oidc-provider\/[^/\s*?].*|saml-provider\/[\w.-]+)$/.test(value);
    if (!provider && !domain.test(value)) {
      throw malformedPolicy(
        'Federated principals must be valid domain names or SAML metadata ARNs',
      );
    }
    return;
  }
  const valid =
    kind === 'AWS'
      ? value === '*' ||
        /^\d{12}$/.test(value) ||
        (arn.test(value) && /:(?:root|(?:role|user)\/[\w+=,.@/-]+)$/.test(value)) ||
        new RegExp(`^arn:${partition}:sts::\\d{12}:(?:assumed-role|federated-user)/`).test(value)
      : kind === 'Service'
        ? /^[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|amazon\.com|aws\.internal)$/.test(
            value,
          )
        : /^[0-9a-f]{64}$/.test(value);
  if (!valid)
    throw malformedPolicy(`Invalid principal in policy: "${kind.toUpperCase()}":"${value}"`);
}

function readConditions(condition: unknown): TrustStatement['conditions'] {
  if (condition === undefined) return {};
  if (!isObject(condition)) throw malformedPolicy(syntax);
  const operators: { [operator: string]: { [key: string]: readonly string[] } } = {};
  for (const [operator, keys] of Object.entries(condition)) {
    if (!operatorName.test(operator) || !isObject(keys)) throw malformedPolicy(syntax);
    const read: { [key: string]: readonly string[] } = {};
    for (const [key, value] of Object.entries(keys)) {
      if (!key.includes(':')) {
        throw malformedPolicy(
          'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        );
      }
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      const scalars = values.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
      if (!scalars || values.length === 0) throw malformedPolicy(syntax);
      read[key] = values.map(String);
    }
    operators[operator] = read;
  }
  return operators;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
