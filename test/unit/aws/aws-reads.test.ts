import { afterEach, describe, expect, it } from 'vitest';
import type { Aws } from '../../../src/aws/ports.ts';
import {
  connectTo,
  queryError,
  s3Error,
  startScriptedServer,
  type ScriptedServer,
  type WireAnswer,
  type WireRequest,
} from './scripted-server.ts';

const ref = { bucket: 'demo-oidc', account: '111122223333' };
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: 'a b%' }] };
const encoded = encodeURIComponent(JSON.stringify(policy));

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answering(
  answer: WireAnswer | ((request: WireRequest, index: number) => WireAnswer),
): Promise<Aws> {
  server = await startScriptedServer(typeof answer === 'function' ? answer : () => answer);
  return connectTo(server);
}

const ok = (body: string, headers: { readonly [name: string]: string } = {}): WireAnswer => ({
  status: 200,
  body,
  headers,
});
const iam = (operation: string, result: string): WireAnswer =>
  ok(
    `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
  );
const gone = queryError('NoSuchEntity', 'cannot be found', 404);
const denied = queryError('AccessDenied', 'no', 403);
const member = (values: readonly string[]): string =>
  values.map((value) => `<member>${value}</member>`).join('');

describe('reads of IAM', () => {
  it('return a provider with its scheme, empty lists, and tags as a record', async () => {
    const arn = 'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net';
    const aws = await answering(
      iam(
        'GetOpenIDConnectProvider',
        '<Url>d1.cloudfront.net</Url><ClientIDList/><Tags><member><Key>Name</Key><Value>demo</Value></member></Tags>',
      ),
    );
    expect(await aws.iam.getOidcProvider(arn)).toEqual({
      arn,
      url: 'https://d1.cloudfront.net',
      clientIds: [],
      thumbprints: [],
      tags: { Name: 'demo' },
    });
  });

  it('decode the trust policy of a role and add what IAM leaves out', async () => {
    const aws = await answering(
      iam(
        'GetRole',
        `<Role><Path>/</Path><RoleName>r</RoleName><Arn>arn:aws:iam::1:role/r</Arn><AssumeRolePolicyDocument>${encoded}</AssumeRolePolicyDocument><PermissionsBoundary><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn></PermissionsBoundary></Role>`,
      ),
    );
    expect(await aws.iam.getRole('r')).toEqual({
      name: 'r',
      arn: 'arn:aws:iam::1:role/r',
      path: '/',
      description: '',
      maxSessionDuration: 3600,
      permissionsBoundaryArn: 'arn:b',
      trustPolicy: policy,
      tags: {},
    });
  });

  it.each([
    ['is no JSON', encodeURIComponent('{"Version":')],
    ['is no object', encodeURIComponent('["a"]')],
    ['is not URL-encoded', '%zz'],
  ])('refuse a policy that %s, with a hint', async (_, text) => {
    const aws = await answering(iam('GetRolePolicy', `<PolicyDocument>${text}</PolicyDocument>`));
    await expect(aws.iam.getRolePolicy('r', 'p')).rejects.toMatchObject({
      code: 'AWS_REQUEST_FAILED',
      awsCode: 'UnreadablePolicy',
      message: expect.stringContaining('"r/p"'),
      hint: expect.any(String),
    });
  });

  it('return undefined for what does not exist', async () => {
    const aws = await answering(gone);
    expect(await aws.iam.getRole('r')).toBeUndefined();
    expect(await aws.iam.getRolePolicy('r', 'p')).toBeUndefined();
    expect(await aws.iam.getOidcProvider('arn')).toBeUndefined();
  });

  it('return one page of a thousand roles, and undefined if there are more', async () => {
    const role = '<member><RoleName>r</RoleName><Path>/team/</Path></member>';
    const aws = await answering((_, index) =>
      iam(
        'ListRoles',
        `<IsTruncated>${index > 0}</IsTruncated><Roles>${role}</Roles>${index > 0 ? '<Marker>m</Marker>' : ''}`,
      ),
    );
    expect(await aws.iam.listRoles()).toEqual([{ name: 'r', trustPolicy: {} }]);
    expect(await aws.iam.listRoles()).toBeUndefined();
    expect(server?.requests).toHaveLength(2);
    expect(server?.requests[0]?.body).toContain('MaxItems=1000');
  });

  it('return undefined only if listing is denied', async () => {
    const aws = await answering((_, index) => (index < 3 ? denied : gone));
    expect(await aws.iam.listRoles()).toBeUndefined();
    expect(await aws.iam.listAttachedRolePolicies('r')).toBeUndefined();
    expect(await aws.iam.getAccountSummary()).toBeUndefined();
    await expect(aws.iam.listRolePolicies('r')).rejects.toMatchObject({ awsCode: 'NoSuchEntity' });
  });

  it('read every page of policies, also after an empty page', async () => {
    const pages = [['a'], [], ['b', 'c']];
    const aws = await answering((_, index) =>
      iam(
        'ListRolePolicies',
        `<PolicyNames>${member(pages[index] ?? [])}</PolicyNames><IsTruncated>${index < 2}</IsTruncated>${index < 2 ? `<Marker>m${index}</Marker>` : ''}`,
      ),
    );
    expect(await aws.iam.listRolePolicies('r')).toEqual(['a', 'b', 'c']);
    expect(server?.requests.map(({ body }) => /Marker=(\w+)/.exec(body)?.[1])).toEqual([
      undefined,
      'm0',
      'm1',
    ]);
  });

  it('return the quotas of the account', async () => {
    const aws = await answering(
      iam(
        'GetAccountSummary',
        '<SummaryMap><entry><key>RolesQuota</key><value>1000</value></entry></SummaryMap>',
      ),
    );
    expect(await aws.iam.getAccountSummary()).toEqual({ RolesQuota: 1000 });
  });
});

describe('HeadBucket', () => {
  const head = (status: number, region?: string): WireAnswer => ({
    status,
    headers: region === undefined ? {} : { 'x-amz-bucket-region': region },
  });

  it.each([
    ['a bucket of ours', head(200, 'eu-west-1'), { state: 'present', region: 'eu-west-1' }],
    ['no bucket', head(404), { state: 'absent' }],
    ['a closed one', head(403, 'eu-west-1'), { state: 'forbidden', region: 'eu-west-1' }],
    ['a closed one that tells no region', head(403), { state: 'forbidden', region: undefined }],
  ])('tells %s', async (_, answer, expected) => {
    const aws = await answering(answer);
    expect(await aws.s3.headBucket(ref)).toEqual(expected);
    expect(server?.requests[0]?.headers['x-amz-expected-bucket-owner']).toBe(ref.account);
  });

  it.each([200, 403])(
    'is repeated in the region that S3 names, and gives the answer from there (%i)',
    async (status) => {
      const aws = await answering((_, index) =>
        index === 0 ? head(301, 'ap-south-1') : head(status, 'ap-south-1'),
      );
      expect(await aws.s3.headBucket(ref)).toEqual({
        state: status === 200 ? 'present' : 'forbidden',
        region: 'ap-south-1',
      });
      expect(server?.requests.map(({ headers }) => headers.authorization)).toEqual([
        expect.stringContaining('/eu-west-1/s3/'),
        expect.stringContaining('/ap-south-1/s3/'),
      ]);
    },
  );

  it('fails on a 400, for which S3 gives no reason', async () => {
    const aws = await answering(head(400));
    await expect(aws.s3.headBucket(ref)).rejects.toMatchObject({
      awsCode: 'BadRequest',
      hint: expect.stringContaining('expired'),
    });
  });
});

describe('reads of S3', () => {
  it('return absent for what is not configured', async () => {
    const codes: { readonly [query: string]: string } = {
      tagging: 'NoSuchTagSet',
      publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
      ownershipControls: 'OwnershipControlsNotFoundError',
      encryption: 'ServerSideEncryptionConfigurationNotFoundError',
      policy: 'NoSuchBucketPolicy',
    };
    const aws = await answering(({ url }) => {
      const query = /\?(\w+)/.exec(url)?.[1] ?? '';
      const code = codes[query];
      return code === undefined ? ok('<VersioningConfiguration/>') : s3Error(code, 'none', 404);
    });
    expect(await aws.s3.getBucketTags(ref)).toEqual({});
    expect(await aws.s3.getPublicAccessBlock(ref)).toBeUndefined();
    expect(await aws.s3.getObjectOwnership(ref)).toBeUndefined();
    expect(await aws.s3.getEncryptionAlgorithm(ref)).toBeUndefined();
    expect(await aws.s3.getBucketPolicy(ref)).toBeUndefined();
    for (const { headers } of server?.requests ?? []) {
      expect(headers['x-amz-expected-bucket-owner']).toBe(ref.account);
    }
  });

  it('return what is configured', async () => {
    const bodies: { readonly [query: string]: string } = {
      tagging: '<Tagging><TagSet><Tag><Key>Name</Key><Value>demo</Value></Tag></TagSet></Tagging>',
      publicAccessBlock:
        '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>',
      ownershipControls:
        '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>',
      encryption:
        '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
      policy: JSON.stringify(policy),
    };
    const aws = await answering(({ url }) => ok(bodies[/\?(\w+)/.exec(url)?.[1] ?? ''] ?? ''));
    expect(await aws.s3.getBucketTags(ref)).toEqual({ Name: 'demo' });
    expect(await aws.s3.getPublicAccessBlock(ref)).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: false,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    });
    expect(await aws.s3.getObjectOwnership(ref)).toBe('BucketOwnerEnforced');
    expect(await aws.s3.getEncryptionAlgorithm(ref)).toBe('AES256');
    expect(await aws.s3.getBucketPolicy(ref)).toEqual(policy);
  });

  it('find a bucket of the account by its exact name, on any page', async () => {
    const page = (names: readonly string[], token: string): WireAnswer =>
      ok(
        `<ListAllMyBucketsResult><Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets>${token}</ListAllMyBucketsResult>`,
      );
    const more = '<ContinuationToken>t</ContinuationToken>';
    const aws = await answering((_, index) => {
      if (index === 0) return page(['demo-oidc-2'], more);
      if (index === 1) return page(['demo-oidc'], '');
      return index === 2 ? page([], '') : s3Error('AccessDenied', 'no', 403);
    });
    expect(await aws.s3.ownsBucket('demo-oidc')).toBe(true);
    expect(await aws.s3.ownsBucket('demo-oidc')).toBe(false);
    expect(await aws.s3.ownsBucket('demo-oidc')).toBeUndefined();
  });

  it('return an object with the ETag and what a comparison needs', async () => {
    const aws = await answering(
      ok('{"keys":["ä"]}', {
        etag: '"abc"',
        'content-type': 'application/json',
        'cache-control': 'public, max-age=300',
      }),
    );
    expect(await aws.s3.getObject(ref, '.well-known/openid-configuration')).toEqual({
      body: '{"keys":["ä"]}',
      etag: '"abc"',
      contentType: 'application/json',
      cacheControl: 'public, max-age=300',
    });
    expect(server?.requests[0]?.url).toMatch(/^\/demo-oidc\/\.well-known\/openid-configuration/);
  });

  it('distinguish a missing object from a missing bucket', async () => {
    const aws = await answering((_, index) =>
      s3Error(index === 0 ? 'NoSuchKey' : 'NoSuchBucket', 'gone', 404),
    );
    expect(await aws.s3.getObject(ref, 'keys.json')).toBeUndefined();
    await expect(aws.s3.getObject(ref, 'keys.json')).rejects.toMatchObject({
      awsCode: 'NoSuchBucket',
    });
  });

  it('read an object of exactly 1 MiB, and refuse one byte more', async () => {
    const aws = await answering((_, index) => ok('x'.repeat(1024 * 1024 + index)));
    expect((await aws.s3.getObject(ref, 'keys.json'))?.body).toHaveLength(1024 * 1024);
    await expect(aws.s3.getObject(ref, 'keys.json')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('"keys.json"'),
    });
  });

  it('report an incomplete object as an error', async () => {
    const aws = await answering(ok('{"keys"', { 'content-length': '100' }));
    const reading = aws.s3.getObject(ref, 'keys.json').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server?.close();
    expect(await reading).toMatchObject({ code: 'AWS_REQUEST_FAILED', awsCode: 'ECONNRESET' });
  });
});

describe('reads of CloudFront', () => {
  const oac = (id: string, name: string): string =>
    `<OriginAccessControlSummary><Id>${id}</Id><Description>d</Description><Name>${name}</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlSummary>`;

  it('find an origin access control by its exact name on the second page', async () => {
    const aws = await answering((_, index) =>
      ok(
        index === 0
          ? `<OriginAccessControlList><Items>${oac('E0', 'demo-oidc-2')}</Items><IsTruncated>true</IsTruncated><NextMarker>m</NextMarker></OriginAccessControlList>`
          : `<OriginAccessControlList><Items>${oac('E1', 'demo-oidc')}</Items><IsTruncated>false</IsTruncated></OriginAccessControlList>`,
      ),
    );
    expect(await aws.cloudfront.findOriginAccessControl('demo-oidc')).toEqual({
      id: 'E1',
      name: 'demo-oidc',
      description: 'd',
      signingProtocol: 'sigv4',
      signingBehavior: 'always',
      originType: 's3',
      etag: undefined,
    });
    expect(server?.requests[1]?.url).toContain('Marker=m');
    expect(server?.requests[0]?.headers.authorization).toContain('/us-east-1/cloudfront/');
  });

  it('return the ETag of an origin access control', async () => {
    const aws = await answering(
      ok(
        '<OriginAccessControl><Id>E1</Id><OriginAccessControlConfig><Name>demo-oidc</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig></OriginAccessControl>',
        { etag: 'E-TAG' },
      ),
    );
    expect(await aws.cloudfront.getOriginAccessControl('E1')).toMatchObject({
      id: 'E1',
      name: 'demo-oidc',
      description: '',
      etag: 'E-TAG',
    });
  });

  const config =
    '<CallerReference>r</CallerReference><Comment>c</Comment><Enabled>true</Enabled><Aliases><Quantity>1</Quantity><Items><CNAME>keys.example.org</CNAME></Items></Aliases><Origins><Quantity>1</Quantity><Items><Origin><Id>b</Id><DomainName>demo-oidc.s3.eu-west-1.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity>origin-access-identity/cloudfront/E9</OriginAccessIdentity></S3OriginConfig></Origin></Items></Origins>';
  const expected = {
    id: 'E1',
    arn: 'arn:aws:cloudfront::111122223333:distribution/E1',
    domainName: 'd1.cloudfront.net',
    aliases: ['keys.example.org'],
    comment: 'c',
    originDomainNames: ['demo-oidc.s3.eu-west-1.amazonaws.com'],
    originAccessIds: ['E9'],
  };
  const ids = `<Id>E1</Id><ARN>${expected.arn}</ARN><DomainName>d1.cloudfront.net</DomainName>`;

  it('return a distribution with the whole configuration that an update needs', async () => {
    const aws = await answering(
      ok(
        `<Distribution>${ids}<Status>InProgress</Status><DistributionConfig>${config}</DistributionConfig></Distribution>`,
        { etag: 'E-TAG' },
      ),
    );
    const found = await aws.cloudfront.getDistribution('E1');
    expect(found).toMatchObject({
      ...expected,
      status: 'InProgress',
      etag: 'E-TAG',
      usesOriginAccessIdentity: true,
      config: { CallerReference: 'r', Enabled: true, Aliases: { Quantity: 1 } },
      unknownSettings: [],
    });
  });

  it('name the settings of a distribution that the SDK does not know, except empty ones', async () => {
    const newer =
      '<Newer><Of>2027</Of></Newer><Empty/><NoItems><Quantity>0</Quantity></NoItems><CacheBehaviors><Quantity>1</Quantity>' +
      '<Items><CacheBehavior><PathPattern>*</PathPattern><Newest>&lt;x&gt;</Newest></CacheBehavior></Items></CacheBehaviors>';
    const aws = await answering(
      ok(
        `<Distribution xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">${ids}<DistributionConfig>${config}${newer}</DistributionConfig></Distribution>`,
      ),
    );
    const found = await aws.cloudfront.getDistribution('E1');
    expect(found?.unknownSettings).toEqual(['Newer', 'CacheBehaviors.Items[0].Newest']);
  });

  it('list the distributions of all pages', async () => {
    const aws = await answering((_, index) =>
      ok(
        `<DistributionList><Marker/><IsTruncated>${index === 0}</IsTruncated>${index === 0 ? '<NextMarker>m</NextMarker>' : ''}<Quantity>1</Quantity><Items><DistributionSummary>${ids}${config}</DistributionSummary></Items></DistributionList>`,
      ),
    );
    expect(await aws.cloudfront.listDistributions()).toEqual([expected, expected]);
  });

  it('return undefined for what does not exist', async () => {
    const aws = await answering(({ url }) => {
      if (url.includes('invalidation')) return queryError('NoSuchInvalidation', 'no', 404);
      return queryError(
        url.includes('origin-access-control') ? 'NoSuchOriginAccessControl' : 'NoSuchDistribution',
        'no',
        404,
      );
    });
    expect(await aws.cloudfront.getDistribution('E1')).toBeUndefined();
    expect(await aws.cloudfront.getOriginAccessControl('E1')).toBeUndefined();
    expect(await aws.cloudfront.getInvalidationStatus('E1', 'I1')).toBeUndefined();
  });

  it('return tags and the state of an invalidation', async () => {
    const aws = await answering(({ url }) =>
      ok(
        url.includes('tagging')
          ? '<Tags><Items><Tag><Key>Name</Key><Value>demo</Value></Tag></Items></Tags>'
          : '<Invalidation><Id>I1</Id><Status>Completed</Status></Invalidation>',
      ),
    );
    expect(await aws.cloudfront.getTags(expected.arn)).toEqual({ Name: 'demo' });
    expect(await aws.cloudfront.getInvalidationStatus('E1', 'I1')).toBe('Completed');
  });
});

describe('reads of STS', () => {
  it('return the caller with the partition of the ARN', async () => {
    const aws = await answering(
      iam(
        'GetCallerIdentity',
        '<Arn>arn:aws-us-gov:sts::111122223333:assumed-role/a/b</Arn><Account>111122223333</Account>',
      ),
    );
    expect(await aws.sts.getCaller()).toEqual({
      account: '111122223333',
      arn: 'arn:aws-us-gov:sts::111122223333:assumed-role/a/b',
      partition: 'aws-us-gov',
    });
  });

  it('refuse an endpoint that answers with no account', async () => {
    const aws = await answering(iam('GetCallerIdentity', '<Arn>me</Arn>'));
    await expect(aws.sts.getCaller()).rejects.toMatchObject({
      awsCode: 'UnreadableAnswer',
      hint: expect.stringContaining('--endpoint-url'),
    });
  });

  const probe = {
    region: 'ap-south-1',
    roleArn: 'arn:aws:iam::1:role/probe',
    token: 'e30.e30.sig',
  };

  it('try a token without signature, and do not keep the credentials', async () => {
    const aws = await answering(
      iam(
        'AssumeRoleWithWebIdentity',
        '<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-22T00:00:00Z</Expiration></Credentials>',
      ),
    );
    expect(await aws.sts.tryWebIdentity(probe)).toEqual({ accepted: true });
    const [request] = server?.requests ?? [];
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.body).toContain(`WebIdentityToken=${probe.token}`);
  });

  it.each([
    ['InvalidIdentityToken', "Couldn't retrieve verification key", 400],
    ['ExpiredTokenException', 'Token expired: current date/time (1) must be before 2', 400],
    ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403],
  ])('return %s as a refusal with the message of STS', async (code, message, status) => {
    const aws = await answering(queryError(code, message, status));
    expect(await aws.sts.tryWebIdentity(probe)).toEqual({
      accepted: false,
      awsCode: code.replace('Exception', ''),
      message,
    });
  });

  it('fail if STS does not judge the token, which is never part of the error', async () => {
    const aws = await answering(queryError('RegionDisabledException', 'STS is not activated', 403));
    const failure: unknown = await aws.sts.tryWebIdentity(probe).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      awsCode: 'RegionDisabled',
      hint: expect.stringContaining('ap-south-1'),
    });
    expect(JSON.stringify([failure, String(failure)])).not.toContain(probe.token);
  });
});
