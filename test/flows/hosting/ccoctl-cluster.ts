// Creates on the local AWS what ccoctl creates for a cluster, in both layouts, as the start of an
// adoption. Follows its source: uploads without a type, wide read statements, trust without audiences.

import { generateKeyPairSync } from 'node:crypto';
import {
  CloudFrontClient,
  CreateCloudFrontOriginAccessIdentityCommand,
  CreateDistributionWithTagsCommand,
} from '@aws-sdk/client-cloudfront';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { jwkOf, renderJwks } from '../../../src/core/keys/jwks.ts';
import { readPublicKeys } from '../../../src/core/keys/public-key.ts';
import type { LocalAws } from '../../local-aws/server.ts';

export type CcoctlCluster = {
  readonly issuer: string;
  readonly providerArn: string;
  readonly keyId: string;
  /** The signing key of the cluster. */
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
};

export type CcoctlOptions = {
  readonly name: string;
  readonly layout: 'public' | 'private';
  readonly region?: string;
  /** Cache policy of the distribution; by default CachingDisabled, as in ccoctl. */
  readonly cachePolicyId?: string;
  /** Moves the clock until the distribution is deployed. */
  readonly advance: (milliseconds: number) => void;
};

/** Creates the cluster's resources on AWS, with one role for `openshift-ingress-operator`. */
export async function makeCcoctlCluster(
  aws: LocalAws,
  options: CcoctlOptions,
): Promise<CcoctlCluster> {
  const region = options.region ?? 'eu-west-1';
  const settings = {
    region,
    endpoint: aws.endpoint,
    credentials: {
      accessKeyId: aws.credentials['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: aws.credentials['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const bucket = `${options.name}-oidc`;
  const tagKey = `openshift.io/cloud-credential-operator/${options.name}`;
  const tags = [
    { Key: tagKey, Value: 'owned' },
    { Key: 'Name', Value: options.name },
  ];
  const isPublic = options.layout === 'public';

  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: tags } }));
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket: bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: !isPublic,
        IgnorePublicAcls: !isPublic,
        BlockPublicPolicy: !isPublic,
        RestrictPublicBuckets: !isPublic,
      },
    }),
  );
  const host = isPublic
    ? `${bucket}.s3.${region}.amazonaws.com`
    : await makeDistribution({ aws, settings, options, bucket, tagKey });
  const identities = [...aws.state.cloudfront.originAccessIdentities.values()];
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: isPublic ? 'AllowReadPublicAccess' : '1',
            Principal: isPublic
              ? '*'
              : {
                  AWS: `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${identities[0]?.id}`,
                },
            Effect: 'Allow',
            Action: ['s3:GetObject'],
            Resource: [`arn:aws:s3:::${bucket}/*`],
          },
        ],
      }),
    }),
  );
  const issuer = `https://${host}`;
  const key = makeKey();
  const put = async (Key: string, Body: string): Promise<void> => {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key,
        Body,
        Tagging: `${encodeURIComponent(tagKey)}=owned`,
      }),
    );
  };
  await put(
    '.well-known/openid-configuration',
    JSON.stringify({
      issuer,
      jwks_uri: `${issuer}/keys.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['aud', 'exp', 'sub', 'iat', 'iss', 'sub'],
    }),
  );
  await put('keys.json', key.jwks);

  const iam = new IAMClient(settings);
  const provider = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: issuer,
      ClientIDList: ['openshift', 'sts.amazonaws.com'],
      ThumbprintList: ['A9D53002E97E00E043244F3D170D6F4C414104FD'],
      Tags: tags,
    }),
  );
  const providerArn = provider.OpenIDConnectProviderArn ?? '';
  const roleName = `${options.name}-openshift-ingress-operator-cloud-credentials`;
  await iam.send(
    new CreateRoleCommand({
      RoleName: roleName,
      Tags: tags,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: providerArn },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: {
                [`${host}:sub`]: [
                  'system:serviceaccount:openshift-ingress-operator:ingress-operator',
                ],
              },
            },
          },
        ],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: roleName,
      PolicyName: roleName,
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['tag:GetResources'], Resource: '*' }],
      }),
    }),
  );
  return { issuer, providerArn, ...key };
}

async function makeDistribution(facts: {
  readonly aws: LocalAws;
  readonly settings: ConstructorParameters<typeof S3Client>[0] & { readonly region: string };
  readonly options: CcoctlOptions;
  readonly bucket: string;
  readonly tagKey: string;
}): Promise<string> {
  const { settings, options, bucket, tagKey } = facts;
  const cloudfront = new CloudFrontClient({ ...settings, region: 'us-east-1' } as never);
  const identity = await cloudfront.send(
    new CreateCloudFrontOriginAccessIdentityCommand({
      CloudFrontOriginAccessIdentityConfig: { CallerReference: options.name, Comment: tagKey },
    }),
  );
  const id = identity.CloudFrontOriginAccessIdentity?.Id ?? '';
  const created = await cloudfront.send(
    new CreateDistributionWithTagsCommand({
      DistributionConfigWithTags: {
        Tags: { Items: [{ Key: 'Name', Value: options.name }] },
        DistributionConfig: {
          CallerReference: options.name,
          Comment: tagKey,
          Enabled: true,
          Origins: {
            Quantity: 1,
            Items: [
              {
                Id: bucket,
                DomainName: `${bucket}.s3.${settings.region}.amazonaws.com`,
                S3OriginConfig: {
                  OriginAccessIdentity: `origin-access-identity/cloudfront/${id}`,
                },
              },
            ],
          },
          DefaultCacheBehavior: {
            TargetOriginId: bucket,
            ViewerProtocolPolicy: 'https-only',
            CachePolicyId: options.cachePolicyId ?? '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          },
        },
      },
    }),
  );
  options.advance(30 * 60_000);
  return created.Distribution?.DomainName ?? '';
}

function makeKey(): {
  readonly keyId: string;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly jwks: string;
} {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [key] = readPublicKeys(pair.publicKey, 'ccoctl.pub');
  if (key === undefined) throw new Error('no key was made');
  return {
    keyId: key.keyId,
    privateKeyPem: pair.privateKey,
    publicKeyPem: pair.publicKey,
    jwks: renderJwks([jwkOf(key)]),
  };
}
