// IAM's OIDC provider of the issuer, and what else the account trusts for this name.

import { audienceSlips } from '../issuer/audience-slips.ts';
import { issuerHostPath } from '../issuer/discovery.ts';
import { ownership, ownerTagKey, type Tags } from '../tags.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { Commands } from './hosting-facts.ts';
import type { Seen } from '../seen.ts';
import { shellWord } from '../shell-word.ts';

/** A provider of the account. */
export type ProviderFacts = {
  readonly arn: string;
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
};

/** What was seen of the providers. */
export type ProvidersFacts = {
  readonly name: string;
  readonly issuer: string;
  /** ARN that the issuer's provider has. */
  readonly arn: string;
  readonly provider: Seen<ProviderFacts | undefined>;
  /** Others of this name: by tag, or of the URL of its bucket. */
  readonly others: Seen<readonly (ProviderFacts & { readonly ofBucket: boolean })[]>;
  /** False where the bucket that served an issuer at its own URL is gone. */
  readonly bucketThere: boolean;
  /** Audiences that roles pin for this provider, and for which manifests have pods ask. */
  readonly trusted: readonly string[];
};

/** Checks of the providers. */
export function providerChecks(facts: ProvidersFacts, commands: Commands): readonly Check[] {
  const { arn, provider } = facts;
  if (!provider.seen) {
    return [skipped('provider-present', arn, provider.why), ...otherChecks(facts)];
  }
  const found = provider.value;
  if (found === undefined) {
    return [
      failed('provider-present', arn, {
        detail: `IAM has no OIDC provider of "${facts.issuer}": STS answers "No OpenIDConnect provider found in your account"`,
        hint: `run \`${commands.publish}\``,
      }),
      ...otherChecks(facts),
    ];
  }
  return [
    presentCheck(facts, found, commands),
    ownerCheck(facts.name, found),
    audienceCheck(facts, found, commands),
    passed(
      'provider-thumbprint',
      arn,
      found.thumbprints.length === 0
        ? 'none; AWS checks certificates of public CAs itself'
        : 'not used where the certificate is of a public CA, which AWS checks itself',
    ),
    ...otherChecks(facts),
  ];
}

/** The ARN holds host and path of the URL; the URL itself may have a port or a query behind them. */
function presentCheck(
  { issuer, arn }: ProvidersFacts,
  { url }: ProviderFacts,
  commands: Commands,
): Check {
  if (url === issuer) return passed('provider-present', arn, `trusts ${issuerHostPath(url)}`);
  return failed('provider-present', arn, {
    detail: `IAM provider "${arn}" trusts "${url}", not "${issuer}"`,
    hint: `run \`${deleteCommand(arn)}\`, then \`${commands.publish}\``,
  });
}

function ownerCheck(name: string, { arn, tags }: ProviderFacts): Check {
  if (ownership(name, tags) !== 'foreign')
    return passed('provider-owner', arn, 'belongs to this name');
  const tag = `Key=${ownerTagKey(name)},Value=owned`;
  return failed('provider-owner', arn, {
    detail: `IAM provider "${arn}" is not tagged as made for "${name}"`,
    hint: `if it belongs to this cluster, run \`aws iam tag-open-id-connect-provider --open-id-connect-provider-arn ${shellWord(arn)} --tags ${tag}\``,
  });
}

function audienceCheck(
  { trusted }: ProvidersFacts,
  { arn, clientIds }: ProviderFacts,
  commands: Commands,
): Check {
  const id = 'provider-audiences';
  const missing = trusted.filter((audience) => !clientIds.includes(audience));
  if (clientIds.length === 0 || missing.length > 0) {
    const wanted = missing.length > 0 ? missing : ['sts.amazonaws.com'];
    const named = missing.map((audience) => `"${audience}"`).join(' and ');
    const them = missing.length > 1 ? 'them' : 'it';
    return failed(id, arn, {
      detail:
        missing.length === 0
          ? `IAM provider "${arn}" has no audience: it accepts no token`
          : `IAM provider "${arn}" lacks the audience ${named}, which roles or manifests use: STS answers "Incorrect token audience"`,
      hint:
        `run \`${commands.publish} --audience ${shellWord(wanted.join(','))}\`` +
        (missing.length === 0
          ? ''
          : `; if no token has ${them} any more, run \`${commands.roles}\`, which removes ${them} from roles and manifests`),
    });
  }
  const [slip] = audienceSlips(clientIds);
  if (slip !== undefined) {
    return warned(id, arn, {
      detail: slip,
      hint: `add the right audience with \`${commands.publish} --audience <audience>\`, then remove this one with --remove-audience`,
    });
  }
  return passed(id, arn, clientIds.join(', '));
}

function otherChecks({ name, arn, others, bucketThere }: ProvidersFacts): readonly Check[] {
  const id = 'provider-other';
  if (!others.seen) return [skipped(id, name, others.why)];
  const found = others.value.filter((one) => one.arn !== arn);
  if (found.length === 0) return [passed(id, name, 'no other issuer of this name is trusted')];
  return found.map((other) => {
    const hint = `if no token of that issuer is in use, run \`${deleteCommand(other.arn)}\``;
    if (other.ofBucket && !bucketThere) {
      return failed(id, other.arn, {
        detail: `the bucket behind the issuer "${other.url}" is gone, and IAM provider "${other.arn}" still trusts it: whoever makes a bucket of that name can sign tokens for every role that trusts the provider`,
        hint: `run \`${deleteCommand(other.arn)}\` now`,
      });
    }
    return warned(id, other.arn, {
      detail: `IAM provider "${other.arn}" was made for "${name}" too, and trusts issuer "${other.url}"`,
      hint,
    });
  });
}

function deleteCommand(arn: string): string {
  return `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${shellWord(arn)}`;
}
