// Reads of IAM. Policies come back URL-encoded, URLs without their scheme, lists without tags.
// https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html

import { isAwsError } from '../core/errors.ts';
import { unless, type Attempt } from './attempt.ts';
import type { IamService } from './sdk-clients.ts';
import type { JsonObject } from '../core/json.ts';
import { decodePolicy } from './policy-document.ts';
import type { IamReads } from './ports.ts';
import { tagsOf } from './tag-list.ts';
import { pagesOf } from './pages.ts';
import { unreadableAnswer } from './unreadable-answer.ts';

/** The largest page IAM gives. */
const pageSize = 1000;

/** IAM reads over a client that is opened at the first of them. */
export function iamReads(options: {
  readonly attempt: Attempt;
  readonly open: () => Promise<IamService>;
  readonly region: string;
}): IamReads {
  const ask = <Output>(
    operation: string,
    input: object,
    send: (service: IamService) => Promise<Output>,
  ): Promise<Output> =>
    options.attempt({ operation: `iam:${operation}`, input, region: options.region }, async () =>
      send(await options.open()),
    );

  return {
    getOidcProvider: async (arn) => {
      const input = { OpenIDConnectProviderArn: arn };
      const answer = await unless(
        ['NoSuchEntity'],
        ask('GetOpenIDConnectProvider', input, ({ client, sdk }) =>
          client.send(new sdk.GetOpenIDConnectProviderCommand(input)),
        ),
      );
      if (answer === undefined) return undefined;
      const { Url: url } = answer;
      if (url === undefined) throw unreadableAnswer('iam:GetOpenIDConnectProvider', 'a URL');
      return {
        arn,
        url: url.startsWith('https://') ? url : `https://${url}`,
        clientIds: answer.ClientIDList ?? [],
        thumbprints: answer.ThumbprintList ?? [],
        tags: tagsOf(answer.Tags),
      };
    },

    listOidcProviderArns: async () => {
      const answer = await unless(
        ['AccessDenied'],
        ask('ListOpenIDConnectProviders', {}, ({ client, sdk }) =>
          client.send(new sdk.ListOpenIDConnectProvidersCommand({})),
        ),
      );
      return answer?.OpenIDConnectProviderList?.flatMap(({ Arn }) => Arn ?? []);
    },

    listRoles: async () => {
      const input = { MaxItems: pageSize };
      const answer = await unless(
        ['AccessDenied'],
        ask('ListRoles', input, ({ client, sdk }) => client.send(new sdk.ListRolesCommand(input))),
      );
      if (answer === undefined || answer.IsTruncated === true) return undefined;
      return (answer.Roles ?? []).map(trustOf);
    },

    listRoleTrust: () => {
      const input = { MaxItems: pageSize };
      const all = ask('ListRoles', input, async ({ client, sdk }) => {
        const roles: { name: string; trustPolicy: JsonObject }[] = [];
        for await (const page of pagesOf(sdk.paginateListRoles({ client }, input))) {
          roles.push(...(page.Roles ?? []).map(trustOf));
        }
        return roles;
      });
      return unless(['AccessDenied'], all);
    },

    getRole: async (name) => {
      const input = { RoleName: name };
      const answer = await unless(
        ['NoSuchEntity'],
        ask('GetRole', input, ({ client, sdk }) => client.send(new sdk.GetRoleCommand(input))),
      );
      if (answer === undefined) return undefined;
      const role = answer.Role;
      if (role === undefined) throw unreadableAnswer('iam:GetRole', 'a role');
      return {
        name: role.RoleName ?? name,
        arn: role.Arn ?? '',
        path: role.Path ?? '/',
        description: role.Description ?? '',
        maxSessionDuration: role.MaxSessionDuration ?? 3600,
        permissionsBoundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn,
        trustPolicy: decodePolicy(role.AssumeRolePolicyDocument ?? '', {
          operation: 'iam:GetRole',
          of: name,
        }),
        tags: tagsOf(role.Tags),
      };
    },

    listRolePolicies: (role) => {
      const input = { RoleName: role, MaxItems: pageSize };
      return ask('ListRolePolicies', input, async ({ client, sdk }) => {
        const names: string[] = [];
        for await (const page of pagesOf(sdk.paginateListRolePolicies({ client }, input))) {
          names.push(...(page.PolicyNames ?? []));
        }
        return names;
      });
    },

    getRolePolicy: async (role, policy) => {
      const input = { RoleName: role, PolicyName: policy };
      const answer = await unless(
        ['NoSuchEntity'],
        ask('GetRolePolicy', input, ({ client, sdk }) =>
          client.send(new sdk.GetRolePolicyCommand(input)),
        ),
      );
      if (answer === undefined) return undefined;
      return decodePolicy(answer.PolicyDocument ?? '', {
        operation: 'iam:GetRolePolicy',
        of: `${role}/${policy}`,
      });
    },

    listAttachedRolePolicies: (role) => {
      const input = { RoleName: role, MaxItems: pageSize };
      const all = ask('ListAttachedRolePolicies', input, async ({ client, sdk }) => {
        const arns: string[] = [];
        for await (const page of pagesOf(sdk.paginateListAttachedRolePolicies({ client }, input))) {
          arns.push(...(page.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn ?? ''));
        }
        return arns;
      });
      return unless(['AccessDenied'], all);
    },

    listInstanceProfiles: (role) => {
      const input = { RoleName: role, MaxItems: pageSize };
      return ask('ListInstanceProfilesForRole', input, async ({ client, sdk }) => {
        const names: string[] = [];
        for await (const page of pagesOf(
          sdk.paginateListInstanceProfilesForRole({ client }, input),
        )) {
          names.push(
            ...(page.InstanceProfiles ?? []).flatMap((one) => one.InstanceProfileName ?? []),
          );
        }
        return names;
      });
    },

    isAttachable: async (policyArn) => {
      const input = { PolicyArn: policyArn };
      const answer = ask('GetPolicy', input, ({ client, sdk }) =>
        client.send(new sdk.GetPolicyCommand(input)),
      ).then(
        ({ Policy }) => ({ attachable: Policy?.IsAttachable !== false }),
        (error: unknown) => {
          if (isAwsError(error, 'NoSuchEntity')) return { attachable: false };
          throw error;
        },
      );
      return (await unless(['AccessDenied'], answer))?.attachable;
    },

    getAccountSummary: async () => {
      const answer = await unless(
        ['AccessDenied'],
        ask('GetAccountSummary', {}, ({ client, sdk }) =>
          client.send(new sdk.GetAccountSummaryCommand({})),
        ),
      );
      return answer && { ...answer.SummaryMap };
    },
  };
}

function trustOf(role: {
  readonly RoleName?: string | undefined;
  readonly AssumeRolePolicyDocument?: string | undefined;
}): { name: string; trustPolicy: JsonObject } {
  const { RoleName: name = '', AssumeRolePolicyDocument: policy = '{}' } = role;
  return { name, trustPolicy: decodePolicy(policy, { operation: 'iam:ListRoles', of: name }) };
}
