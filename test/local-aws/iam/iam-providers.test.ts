import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ownAccount, refusal, testAws, type TestAws } from './iam-test-clients.ts';

const url = 'https://d111111abcdef8.cloudfront.net';
const arn = `arn:aws:iam::${ownAccount}:oidc-provider/d111111abcdef8.cloudfront.net`;
const thumbprint = 'a'.repeat(40);

function publish(aws: TestAws, issuer: string, overrides: { readonly issuer?: string } = {}): void {
  aws.serve(`${issuer}/.well-known/openid-configuration`, {
    issuer,
    jwks_uri: `${issuer}/keys.json`,
    ...overrides,
  });
  aws.serve(`${issuer}/keys.json`, { keys: [] });
}

const create = (aws: TestAws, input: { [member: string]: unknown } = {}): Promise<unknown> =>
  aws.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: url, ThumbprintList: [thumbprint], ...input }),
  );

describe('creating an OIDC provider', () => {
  test('without thumbprints reads the issuer and sets the thumbprint', async () => {
    const aws = testAws();
    publish(aws, url);
    const created = await aws.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: ['openshift', 'sts.amazonaws.com'],
        Tags: [{ Key: 'Name', Value: 'a+b=c @:/ é' }],
      }),
    );
    expect(created.OpenIDConnectProviderArn).toBe(arn);
    const found = await aws.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    expect(found.Url).toBe('d111111abcdef8.cloudfront.net');
    expect(found.ClientIDList).toEqual(['openshift', 'sts.amazonaws.com']);
    expect(found.ThumbprintList).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
    expect(found.Tags).toEqual([{ Key: 'Name', Value: 'a+b=c @:/ é' }]);
    expect(found.CreateDate).toEqual(new Date('2026-01-01T00:00:00Z'));
  });

  test.each([
    ['the host is unknown', () => undefined],
    ['the discovery document is missing', (aws: TestAws) => aws.serve(`${url}/other`, {})],
    [
      'the discovery document is no JSON',
      (aws: TestAws) => aws.serve(`${url}/.well-known/openid-configuration`, 'hello'),
    ],
    ['the issuer differs', (aws: TestAws) => publish(aws, url, { issuer: `${url}/` })],
    [
      'the key document is missing',
      (aws: TestAws) => {
        publish(aws, url);
        aws.serve(`${url}/keys.json`, undefined);
      },
    ],
  ])('without thumbprints fails where %s', async (_, prepare) => {
    const aws = testAws();
    prepare(aws);
    const [status, code] = await refusal(create(aws, { ThumbprintList: undefined }));
    expect([status, code]).toEqual([400, 'OpenIdIdpCommunicationError']);
    const { OpenIDConnectProviderList } = await aws.iam.send(
      new ListOpenIDConnectProvidersCommand({}),
    );
    expect(OpenIDConnectProviderList ?? []).toEqual([]);
  });

  test('refuses an empty thumbprint list, and more than five', async () => {
    const aws = testAws();
    expect(await refusal(create(aws, { ThumbprintList: [] }))).toEqual([
      400,
      'InvalidInput',
      'Thumbprint list must contain at least one entry.',
    ]);
    const six = Array.from({ length: 6 }, () => thumbprint);
    expect(await refusal(create(aws, { ThumbprintList: six }))).toEqual([
      400,
      'InvalidInput',
      'Thumbprint list must contain fewer than 5 entries.',
    ]);
    await create(aws, { ThumbprintList: six.slice(1) });
  });

  test('reports all length errors together', async () => {
    const [status, code, text] = await refusal(
      create(testAws(), {
        Url: `https://${'a'.repeat(250)}.example.com`,
        ClientIDList: ['x'.repeat(256)],
        ThumbprintList: ['abc'],
      }),
    );
    expect([status, code]).toEqual([400, 'ValidationError']);
    expect(text).toBe(
      "3 validation errors detected: Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255",
    );
  });

  test.each([
    ['issuer.example.com', 'ValidationError', 'Invalid Open ID Connect Provider URL'],
    [
      'http://issuer.example.com',
      'InvalidInput',
      'Invalid Open ID Connect Provider URL. The URL must begin with https://.',
    ],
    ['https://issuer.example.com?x=1', 'InvalidInput', 'Invalid Open ID Connect Provider URL.'],
    ['https://issuer.example.com#x', 'InvalidInput', 'Invalid Open ID Connect Provider URL.'],
    ['https://me@issuer.example.com', 'InvalidInput', 'Invalid Open ID Connect Provider URL.'],
    ['https://issuer.example.com:8443', 'InvalidInput', 'Invalid Open ID Connect Provider URL.'],
    ['https://my_issuer.example.com', 'InvalidInput', 'Invalid Open ID Connect Provider URL.'],
  ])('refuses the URL %s', async (wrong, code, text) => {
    expect(await refusal(create(testAws(), { Url: wrong }))).toEqual([400, code, text]);
  });

  test('refuses the same URL twice, but treats a trailing slash as another provider', async () => {
    const aws = testAws();
    await create(aws);
    expect(await refusal(create(aws))).toEqual([
      409,
      'EntityAlreadyExists',
      `Provider with url ${url} already exists.`,
    ]);
    await create(aws, { Url: `${url}/` });
  });

  test('is refused above the quotas of providers and of audiences', async () => {
    const aws = testAws({ quotas: { oidcProviders: 1, clientIdsPerProvider: 2 } });
    expect(await refusal(create(aws, { ClientIDList: ['a', 'b', 'c'] }))).toEqual([
      409,
      'LimitExceeded',
      'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 2',
    ]);
    await create(aws, { ClientIDList: ['a', 'b'] });
    expect(await refusal(create(aws, { Url: 'https://other.example.com' }))).toEqual([
      409,
      'LimitExceeded',
      'Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1',
    ]);
    expect(
      await refusal(
        aws.iam.send(
          new AddClientIDToOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: arn,
            ClientID: 'c',
          }),
        ),
      ),
    ).toEqual([
      409,
      'LimitExceeded',
      'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 2',
    ]);
  });

  test('returns an ARN of its partition', async () => {
    const aws = testAws({ partition: 'aws-us-gov' });
    expect(await create(aws)).toMatchObject({
      OpenIDConnectProviderArn: arn.replace(':aws:', ':aws-us-gov:'),
    });
  });
});

describe('a provider that exists', () => {
  test('accepts repeated additions and removals of audiences', async () => {
    const aws = testAws();
    await create(aws, { ClientIDList: ['a'] });
    for (const ClientID of ['b', 'b', 'a']) {
      await aws.iam.send(
        new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, ClientID }),
      );
    }
    for (const ClientID of ['a', 'a']) {
      await aws.iam.send(
        new RemoveClientIDFromOpenIDConnectProviderCommand({
          OpenIDConnectProviderArn: arn,
          ClientID,
        }),
      );
    }
    const found = await aws.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    expect(found.ClientIDList).toEqual(['b']);
  });

  test('stores thumbprints in lower case and replaces the whole list', async () => {
    const aws = testAws();
    await create(aws, { ThumbprintList: [thumbprint, 'b'.repeat(40)] });
    await aws.iam.send(
      new UpdateOpenIDConnectProviderThumbprintCommand({
        OpenIDConnectProviderArn: arn,
        ThumbprintList: ['C'.repeat(40)],
      }),
    );
    const found = await aws.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    expect(found.ThumbprintList).toEqual(['c'.repeat(40)]);
  });

  test('has at most fifty tags, which are listed in pages', async () => {
    const aws = testAws();
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    await create(aws, { Tags });
    expect(
      await refusal(
        aws.iam.send(
          new TagOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: arn,
            Tags: [{ Key: 'more', Value: 'x' }],
          }),
        ),
      ),
    ).toEqual([409, 'LimitExceeded', 'The number of tags has reached the maximum limit.']);
    await aws.iam.send(
      new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, TagKeys: ['k0'] }),
    );
    const first = await aws.iam.send(
      new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn: arn, MaxItems: 30 }),
    );
    expect(first.IsTruncated).toBe(true);
    const second = await aws.iam.send(
      new ListOpenIDConnectProviderTagsCommand({
        OpenIDConnectProviderArn: arn,
        Marker: first.Marker,
      }),
    );
    expect(second.IsTruncated).toBe(false);
    expect([...(first.Tags ?? []), ...(second.Tags ?? [])].map(({ Key }) => Key)).toEqual(
      Tags.slice(1).map(({ Key }) => Key),
    );
  });

  test('does not exist after deletion, and a second deletion is an error', async () => {
    const aws = testAws();
    await create(aws);
    const remove = (): Promise<unknown> =>
      aws.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    await remove();
    expect(await refusal(remove())).toEqual([
      404,
      'NoSuchEntity',
      `OpenId connect Provider ${arn} cannot be found.`,
    ]);
    expect(
      await refusal(
        aws.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
      ),
    ).toEqual([404, 'NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`]);
  });

  test('is not found until it is visible, and cannot be created again', async () => {
    const aws = testAws({ iamVisibilityMs: 10_000 });
    await create(aws);
    const get = (): Promise<unknown> =>
      aws.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    aws.advance(9);
    expect((await refusal(get()))[1]).toBe('NoSuchEntity');
    expect((await refusal(create(aws)))[1]).toBe('EntityAlreadyExists');
    aws.advance(1);
    expect(await get()).toMatchObject({ Url: url.slice(8) });
  });
});
