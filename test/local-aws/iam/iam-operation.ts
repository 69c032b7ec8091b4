// The frame of every IAM operation: who asks, in which account, and what is visible to him.
// IAM is eventually consistent: a new thing is not found until `iamVisibilityMs` have passed,
// though it cannot be created twice.

import { iamAccount, type IamAccount, type IamOidcProvider, type IamRole } from './iam-state.ts';
import {
  checkNumber,
  checkRequired,
  checkText,
  constraints,
  refuseViolations,
  type Violation,
} from './iam-validation.ts';
import { AwsFault, type World } from '../wire/protocol.ts';
import type { QueryParams } from '../wire/query-request.ts';
import type { QueryResult } from '../wire/query-response.ts';

/** One call of an operation. */
export type IamCall = {
  readonly params: QueryParams;
  readonly world: World;
  /** Twelve digits. */
  readonly accountId: string;
  readonly account: IamAccount;
};

/** Carries a call out, or throws the AwsFault of its refusal. */
type IamOperation = (call: IamCall) => QueryResult | Promise<QueryResult>;

/** Operations by wire name. */
export type IamOperations = { readonly [action: string]: IamOperation };

/** The call of a request, in the account of its caller. */
export function iamCall(call: {
  readonly params: QueryParams;
  readonly world: World;
  readonly accountId: string;
}): IamCall {
  return { ...call, account: iamAccount(call.world.iam, call.accountId) };
}

/** 404 NoSuchEntity. */
export function noSuchEntity(text: string): AwsFault {
  return new AwsFault(404, 'NoSuchEntity', text);
}

/** 409 LimitExceeded of a count quota, in AWS's words. */
export function quotaExceeded(quota: string, limit: number): AwsFault {
  return new AwsFault(409, 'LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`);
}

/** Whether readers see a thing that was created then. */
export function isVisible(thing: { readonly createdAt: Date }, world: World): boolean {
  return world.now().getTime() - thing.createdAt.getTime() >= world.iamVisibilityMs;
}

/** The role of that name as readers see it. Errors: NoSuchEntity 404. */
export function findRole({ account, world }: IamCall, name: string): IamRole {
  const role = account.roles.get(name);
  if (role === undefined || !isVisible(role, world)) {
    throw noSuchEntity(`The role with name ${name} cannot be found.`);
  }
  return role;
}

/** A role that may be changed. Errors: also UnmodifiableEntity 400 for roles of AWS services. */
export function findWritableRole(call: IamCall, name: string): IamRole {
  const role = findRole(call, name);
  if (role.path.startsWith('/aws-service-role/')) {
    throw new AwsFault(
      400,
      'UnmodifiableEntity',
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
}

/** The OIDC provider of that ARN as readers see it, or undefined. */
export function visibleProvider(
  { account, world }: Pick<IamCall, 'account' | 'world'>,
  arn: string,
): IamOidcProvider | undefined {
  const provider = account.oidcProviders.get(arn);
  return provider !== undefined && isVisible(provider, world) ? provider : undefined;
}

/**
 * One page of a list: MaxItems (1 to 1,000, default 100) from Marker on. With `shortPages` the first page
 * is empty, and each further one has one item.
 */
export function page<T>(
  items: readonly T[],
  { params, world }: Pick<IamCall, 'params' | 'world'>,
): { readonly items: readonly T[]; readonly IsTruncated: boolean; readonly Marker?: string } {
  const short = params.Marker === undefined ? 0 : 1;
  const size = world.iam.shortPages ? short : Number(params.MaxItems ?? 100);
  const start = params.Marker === undefined ? 0 : readMarker(params.Marker);
  const end = start + size;
  return end < items.length
    ? { items: items.slice(start, end), IsTruncated: true, Marker: writeMarker(end) }
    : { items: items.slice(start, end), IsTruncated: false };
}

/** The checked RoleName of a call. */
export function roleName({ params }: IamCall): string {
  refuseViolations(checkRequired('roleName', params.RoleName, constraints.roleName));
  return params.RoleName ?? '';
}

/** Violations of MaxItems and Marker. */
export function checkPage(params: IamCall['params']): Violation[][] {
  return [
    checkNumber('maxItems', params.MaxItems, { min: 1, max: 1000 }),
    checkText('marker', params.Marker, constraints.marker),
  ];
}

/** The ARN where it is one of a managed policy. Errors: InvalidInput 400. */
export function managedPolicyArn({ world }: IamCall, arn: string | undefined): string {
  refuseViolations(checkRequired('policyArn', arn, constraints.arn));
  const pattern = new RegExp(`^arn:${world.partition}:iam::(?:\\d{12}|aws):policy/[!-~]+$`);
  if (arn === undefined || !pattern.test(arn)) {
    throw new AwsFault(400, 'InvalidInput', `ARN ${arn} is not valid.`);
  }
  return arn;
}

/** AWS's own policies exist by their names; a customer's must be in this account. */
export function checkPolicyExists(call: IamCall, arn: string, otherwise: string): void {
  const own = /^arn:[a-z-]+:iam::aws:policy\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]+$/.test(arn);
  if (!own && !call.account.policies.has(arn)) throw noSuchEntity(otherwise);
}

function writeMarker(position: number): string {
  return Buffer.from(JSON.stringify({ position })).toString('base64url');
}

function readMarker(marker: string): number {
  const text = Buffer.from(marker, 'base64url').toString('utf8');
  const position = /^\{"position":(\d+)\}$/.exec(text)?.[1];
  if (position === undefined) throw new AwsFault(400, 'ValidationError', 'Invalid Marker.');
  return Number(position);
}
