// The IAM OIDC provider: found by the ARN its issuer gives, made only when the issuer answers.
// The thumbprint is left to IAM, and audiences are only added here; removing one starts with the roles.

import clientIdTemplate from '../../../templates/iam/client-id.json' with { type: 'json' };
import createTemplate from '../../../templates/iam/create-open-id-connect-provider.json' with { type: 'json' };
import tagTemplate from '../../../templates/iam/tag-open-id-connect-provider.json' with { type: 'json' };
import type { OidcProvider } from '../../aws/ports.ts';
import type { WriteRequest } from '../../core/change.ts';
import { AwsError, BootstrapError, isAwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { missingTags, ownership, ownTags, tagList, type Tags } from '../../core/tags.ts';
import { fillTemplate, type TemplateValues } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import { deleteProvider } from './delete-provider.ts';
import { deleteProviderCommand } from './find-name-providers.ts';
import { shellWord } from '../../core/shell-word.ts';

/** Audiences of a new provider where none is given: as ccoctl, and the pod identity webhook's. */
export const defaultAudiences: readonly string[] = ['openshift', 'sts.amazonaws.com'];

/** IAM shows what it has just made to all of its own within seconds, rarely a minute. */
const visibilityMs = 90_000;

export type ProviderInput = {
  readonly name: string;
  readonly issuer: string;
  readonly arn: string;
  /** Undefined: the default for a new provider, nothing to add to one that is there. */
  readonly audiences: readonly string[] | undefined;
  readonly tags: Tags;
  /** The provider as it was found before the first write. */
  readonly found: OidcProvider | undefined;
  /** Called after a provider was made; what it throws is told after the provider was deleted again. */
  readonly checkServed: () => Promise<void>;
};

/** The provider of the issuer, if any; one that is not ours is a RESOURCE_NOT_OWNED error. */
export async function findOidcProvider(
  context: Context,
  facts: { name: string; arn: string },
): Promise<OidcProvider | undefined> {
  const provider = await context.aws.iam.getOidcProvider(facts.arn);
  if (provider !== undefined && ownership(facts.name, provider.tags) === 'foreign') {
    throw new BootstrapError({
      code: 'RESOURCE_NOT_OWNED',
      message: `IAM OIDC provider "${facts.arn}" exists, but is not tagged as made for "${facts.name}"`,
      hint: `if it really is this cluster's, tag it "oidc-bootstrap/${facts.name}" = "owned" by hand`,
      details: { resource: 'iam-oidc-provider', id: facts.arn },
    });
  }
  return provider;
}

/** Names each audience of a provider that is there and that neither this run nor the default asks for. */
export function nameOtherAudiences(
  context: Context,
  provider: Pick<OidcProvider, 'arn' | 'clientIds'>,
  /** Those that this run adds or removes. */
  spoken: readonly string[],
): void {
  for (const audience of provider.clientIds) {
    if (spoken.includes(audience) || defaultAudiences.includes(audience)) continue;
    context.warn(
      `IAM OIDC provider "${provider.arn}" accepts audience "${audience}", which this run did not ask for: ` +
        `--audience ${shellWord(audience)} says that it is wanted, create-identity-provider --remove-audience ${shellWord(audience)} takes it away`,
    );
  }
}

/** Makes the provider, or adds the audiences and tags it lacks; gives its audiences afterwards. */
export async function ensureOidcProvider(
  context: Context,
  input: ProviderInput,
): Promise<readonly string[]> {
  if (input.found !== undefined) return await completeProvider(context, input, input.found);
  try {
    const audiences = await createProvider(context, input);
    if (!context.gate.dryRun) await takeBackUnlessServed(context, input);
    return audiences;
  } catch (error) {
    if (!isAwsError(error, 'EntityAlreadyExists')) throw withCommand(error, input);
    // The provider exists: an earlier attempt or another run created it; IAM may not show it yet.
    const other = await poll(
      context,
      {
        text: `IAM provider "${input.arn}" to be visible`,
        pauseMs: 1_000,
        limitMs: visibilityMs,
        onTimeout: () => error,
      },
      async () => await findOidcProvider(context, input),
    );
    return await completeProvider(context, input, other);
  }
}

/** A `delete` at the same time may have taken the hosting down after it was seen to serve. */
async function takeBackUnlessServed(context: Context, input: ProviderInput): Promise<void> {
  const { arn, issuer, checkServed } = input;
  try {
    await checkServed();
  } catch (error) {
    try {
      await deleteProvider(context, { arn, issuer });
    } catch (failure) {
      if (!isAwsError(failure, 'AccessDenied')) throw failure;
      context.warn(
        `IAM provider "${arn}" trusts an issuer that is not served: delete it now, unless another run serves it again: ${deleteProviderCommand(arn)}`,
      );
    }
    throw error;
  }
}

/** IAM itself fetches the documents; what it says of that is retried until `--timeout`. */
async function createProvider(context: Context, input: ProviderInput): Promise<readonly string[]> {
  const audiences = input.audiences ?? defaultAudiences;
  let refusal: AwsError | undefined;
  await poll(
    context,
    {
      text: `IAM to reach ${input.issuer}`,
      pauseMs: 5_000,
      onTimeout: () => cannotReach(input.issuer, refusal),
    },
    async () => {
      try {
        await context.gate.perform({
          change: {
            resource: 'iam-oidc-provider',
            id: input.arn,
            action: 'create',
            detail: `audiences: ${audiences.join(', ')}`,
          },
          requests: [
            request('create-open-id-connect-provider', createTemplate, {
              issuer: input.issuer,
              audiences,
              tags: tagList(ownTags(input.name, input.tags)),
            }),
          ],
        });
        return true;
      } catch (error) {
        if (!isAwsError(error, 'OpenIdIdpCommunicationError')) throw error;
        refusal = error;
        return undefined;
      }
    },
  );
  return audiences;
}

async function completeProvider(
  context: Context,
  input: ProviderInput,
  found: OidcProvider,
): Promise<readonly string[]> {
  const update = async (detail: string, ...requests: readonly WriteRequest[]): Promise<void> => {
    await context.gate.perform({
      change: { resource: 'iam-oidc-provider', id: input.arn, action: 'update', detail },
      requests,
    });
  };
  const missing = missingTags(ownTags(input.name, input.tags), found.tags);
  if (Object.keys(missing).length > 0) {
    await update(
      `tags: ${Object.keys(missing).join(', ')}`,
      request('tag-open-id-connect-provider', tagTemplate, {
        arn: input.arn,
        tags: tagList(missing),
      }),
    );
  }
  const added = (input.audiences ?? []).filter((audience) => !found.clientIds.includes(audience));
  for (const audience of added) {
    await update(
      `audience added: ${audience}`,
      request('add-client-id-to-open-id-connect-provider', clientIdTemplate, {
        arn: input.arn,
        audience,
      }),
    );
  }
  return [...found.clientIds, ...added];
}

/** Takes audiences from the provider; the roles that trusted them must have been narrowed before. */
export async function removeAudiences(
  context: Context,
  input: { readonly arn: string; readonly audiences: readonly string[] },
): Promise<void> {
  for (const audience of input.audiences) {
    await context.gate.perform({
      change: {
        resource: 'iam-oidc-provider',
        id: input.arn,
        action: 'update',
        detail: `audience removed: ${audience}`,
      },
      requests: [
        {
          ...request('remove-client-id-from-open-id-connect-provider', clientIdTemplate, {
            arn: input.arn,
            audience,
          }),
          id: audience.replaceAll(/[^A-Za-z0-9.]+/g, '-'),
        },
      ],
    });
  }
}

function request(operation: string, template: JsonObject, values: TemplateValues): WriteRequest {
  return { service: 'iam', operation, input: fillTemplate(template, values) };
}

/** Where hosting is done and IAM is not ours to use, the rest can be done by somebody who may. */
function withCommand(error: unknown, input: ProviderInput): unknown {
  if (!(error instanceof AwsError) || error.code !== 'AWS_ACCESS_DENIED') return error;
  const audiences = (input.audiences ?? defaultAudiences).map(shellWord).join(' ');
  const tags = Object.entries(ownTags(input.name, input.tags))
    .map(([key, value]) => `'Key=${key},Value=${value}'`)
    .join(' ');
  return new AwsError({
    code: error.code,
    message: error.message,
    hint:
      'the hosting is done; have somebody who may use IAM run this, then run again: ' +
      `aws iam create-open-id-connect-provider --url ${input.issuer} --client-id-list ${audiences} --tags ${tags}`,
    details: error.details,
    awsCode: error.awsCode,
    operation: error.operation,
    status: error.status,
    cause: error,
  });
}

function cannotReach(issuer: string, cause: AwsError | undefined): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `IAM cannot read the documents of "${issuer}"`,
    hint: 'this machine can reach it: wait a few minutes and run again; if AWS still cannot, check whether a web ACL or a policy refuses it',
    details: { issuer },
    cause,
  });
}
