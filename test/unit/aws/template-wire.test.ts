// Every leaf of every filled request template is sent: the SDK drops a misspelt member without an error,
// and the AWS CLI refuses it. A template without a row in this table is an error.

import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WriteRequest } from '../../../src/core/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { fillTemplate, type TemplateValues } from '../../../src/core/template.ts';
import aliasTemplate from '../../../templates/route53/create-alias-record.json' with { type: 'json' };
import validationTemplate from '../../../templates/route53/create-validation-record.json' with { type: 'json' };
import deleteAliasTemplate from '../../../templates/route53/delete-alias-record.json' with { type: 'json' };
import deleteValidationTemplate from '../../../templates/route53/delete-validation-record.json' with { type: 'json' };
import { leavesLostOnTheWire } from './wire-leaves.ts';

const templates = new URL('../../../templates/', import.meta.url);

/** Documents that a request contains, most of them as one string. */
const innerDocuments = [
  'cloudfront/viewer-certificate.json',
  'route53/create-alias-record.json',
  'route53/create-validation-record.json',
  'route53/delete-alias-record.json',
  'route53/delete-validation-record.json',
  's3/bucket-policy-cloudfront.json',
  's3/bucket-policy-public.json',
  's3/bucket-policy-shared.json',
  'iam/deny-older-sessions.json',
  'iam/role-policy.json',
  'iam/trust-policy.json',
];

const tags = [
  { Key: 'oidc-bootstrap/demo', Value: 'owned' },
  { Key: 'Name', Value: 'demo' },
];
const policy = '{"Version":"2012-10-17","Statement":[]}';
const bucket = { bucket: 'demo-oidc', account: '111122223333' };
const arn = 'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net';
const role = 'demo-openshift-ingress-credentials';
const boundary = 'arn:aws:iam::111122223333:policy/limit';
const accessControl = { name: 'demo-oidc', description: 'oidc-bootstrap/demo' };

const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/1';

type Row = readonly [
  template: string,
  service: WriteRequest['service'],
  operation: string,
  values: TemplateValues,
];

const rows: readonly Row[] = [
  [
    's3/create-bucket.json',
    's3api',
    'create-bucket',
    {
      bucket: 'demo-oidc-111122223333-eu-west-1-an',
      bucketNamespace: 'account-regional',
      locationConstraint: 'eu-west-1',
      tags,
    },
  ],
  [
    's3/put-public-access-block.json',
    's3api',
    'put-public-access-block',
    {
      ...bucket,
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    },
  ],
  ['s3/put-bucket-ownership-controls.json', 's3api', 'put-bucket-ownership-controls', bucket],
  ['s3/put-bucket-encryption.json', 's3api', 'put-bucket-encryption', bucket],
  ['s3/put-bucket-tagging.json', 's3api', 'put-bucket-tagging', { ...bucket, tags }],
  ['s3/put-bucket-policy.json', 's3api', 'put-bucket-policy', { ...bucket, policy }],
  [
    's3/put-object.json',
    's3api',
    'put-object',
    {
      ...bucket,
      key: 'keys.json',
      cacheControl: 'public, max-age=300',
      tagging: 'a=b',
      ifMatch: '"0"',
      ifNoneMatch: '*',
    },
  ],
  ['s3/delete-bucket.json', 's3api', 'delete-bucket', bucket],
  [
    's3/delete-objects.json',
    's3api',
    'delete-objects',
    { ...bucket, objects: [{ Key: 'keys.json', VersionId: 'null' }] },
  ],
  ...['distribution', 'origin-access-control', 'cloud-front-origin-access-identity'].map(
    (kind): Row => [
      `cloudfront/delete-${kind}.json`,
      'cloudfront',
      `delete-${kind}`,
      { id: 'E1', etag: 'E1ETAG' },
    ],
  ),
  [
    'cloudfront/create-origin-access-control.json',
    'cloudfront',
    'create-origin-access-control',
    accessControl,
  ],
  [
    'cloudfront/update-origin-access-control.json',
    'cloudfront',
    'update-origin-access-control',
    { ...accessControl, id: 'E1OAC', etag: 'E1ETAG' },
  ],
  [
    'cloudfront/create-distribution-with-tags.json',
    'cloudfront',
    'create-distribution-with-tags',
    {
      reference: 'oidc-bootstrap/demo',
      comment: 'oidc-bootstrap/demo',
      bucket: 'demo-oidc',
      bucketHost: 'demo-oidc.s3.eu-west-1.amazonaws.com',
      originAccessControlId: 'E1OAC',
      aliases: { Quantity: 1, Items: ['oidc.example.com'] },
      viewerCertificate: {
        ACMCertificateArn: certificate,
        SSLSupportMethod: 'sni-only',
        MinimumProtocolVersion: 'TLSv1.2_2021',
      },
      tags,
    },
  ],
  [
    'cloudfront/update-distribution.json',
    'cloudfront',
    'update-distribution',
    { id: 'E1', etag: 'E1ETAG', config: { CallerReference: 'r', Comment: 'c', Enabled: true } },
  ],
  [
    'cloudfront/tag-resource.json',
    'cloudfront',
    'tag-resource',
    { arn: 'arn:aws:cloudfront::111122223333:distribution/E1', tags },
  ],
  [
    'cloudfront/create-invalidation.json',
    'cloudfront',
    'create-invalidation',
    { distributionId: 'E1', reference: 'r', quantity: 1, paths: ['/keys.json'] },
  ],
  ['acm/delete-certificate.json', 'acm', 'delete-certificate', { arn: certificate }],
  [
    'acm/request-certificate.json',
    'acm',
    'request-certificate',
    { host: 'oidc.example.com', token: 'a1', tags },
  ],
  [
    'route53/change-resource-record-sets.json',
    'route53',
    'change-resource-record-sets',
    {
      zoneId: 'Z1',
      comment: 'oidc-bootstrap',
      changes: [
        fillTemplate(validationTemplate, { name: '_a.oidc.example.com', value: '_b.aws' }),
        fillTemplate(aliasTemplate, {
          host: 'oidc.example.com',
          type: 'A',
          cloudfrontZoneId: 'Z2FDTNDATAQYW2',
          distributionDomainName: 'd1.cloudfront.net',
        }),
        fillTemplate(deleteValidationTemplate, {
          name: '_c.oidc.example.com',
          value: '_d.aws',
          ttl: 60,
        }),
        fillTemplate(deleteAliasTemplate, {
          host: 'old.example.com',
          type: 'AAAA',
          cloudfrontZoneId: 'Z2FDTNDATAQYW2',
          distributionDomainName: 'd2.cloudfront.net',
        }),
      ],
    },
  ],
  [
    'iam/create-open-id-connect-provider.json',
    'iam',
    'create-open-id-connect-provider',
    { issuer: 'https://d1.cloudfront.net', audiences: ['openshift', 'sts.amazonaws.com'], tags },
  ],
  [
    'iam/client-id.json',
    'iam',
    'add-client-id-to-open-id-connect-provider',
    { arn, audience: 'openshift' },
  ],
  [
    'iam/client-id.json',
    'iam',
    'remove-client-id-from-open-id-connect-provider',
    { arn, audience: 'openshift' },
  ],
  ['iam/delete-open-id-connect-provider.json', 'iam', 'delete-open-id-connect-provider', { arn }],
  ['iam/delete-role.json', 'iam', 'delete-role', { roleName: role }],
  [
    'iam/remove-role-from-instance-profile.json',
    'iam',
    'remove-role-from-instance-profile',
    { roleName: role, instanceProfile: 'nodes' },
  ],
  ['iam/tag-open-id-connect-provider.json', 'iam', 'tag-open-id-connect-provider', { arn, tags }],
  [
    'iam/create-role.json',
    'iam',
    'create-role',
    {
      roleName: role,
      path: '/clusters/',
      description: 'a role',
      trustPolicy: policy,
      maxSessionDuration: 7200,
      permissionsBoundaryArn: boundary,
      tags,
    },
  ],
  ['iam/put-role-policy.json', 'iam', 'put-role-policy', { roleName: role, policy }],
  [
    'iam/update-assume-role-policy.json',
    'iam',
    'update-assume-role-policy',
    { roleName: role, policy },
  ],
  ['iam/update-role.json', 'iam', 'update-role', { roleName: role, maxSessionDuration: 7200 }],
  ['iam/tag-role.json', 'iam', 'tag-role', { roleName: role, tags }],
  [
    'iam/put-role-permissions-boundary.json',
    'iam',
    'put-role-permissions-boundary',
    { roleName: role, permissionsBoundaryArn: boundary },
  ],
  [
    'iam/delete-role-permissions-boundary.json',
    'iam',
    'delete-role-permissions-boundary',
    { roleName: role },
  ],
  [
    'iam/attached-role-policy.json',
    'iam',
    'attach-role-policy',
    { roleName: role, policyArn: boundary },
  ],
  [
    'iam/attached-role-policy.json',
    'iam',
    'detach-role-policy',
    { roleName: role, policyArn: boundary },
  ],
  [
    'iam/delete-role-policy.json',
    'iam',
    'delete-role-policy',
    { roleName: role, policyName: 'limit' },
  ],
  [
    'iam/put-named-role-policy.json',
    'iam',
    'put-role-policy',
    { roleName: role, policyName: 'limit', policy },
  ],
];

function readTemplate(file: string): JsonObject {
  const parsed = JSON.parse(fs.readFileSync(new URL(file, templates), 'utf8')) as Json;
  if (!isJsonObject(parsed)) throw new Error(`${file} is not an object`);
  return parsed;
}

describe('request templates', () => {
  it.each(rows)('%s: every leaf arrives with %s %s', async (file, service, operation, values) => {
    const input = fillTemplate(readTemplate(file), values);
    const body = { text: '{"keys":[]}', fileName: '03-keys.json' };
    const withBody = operation === 'put-object' ? { body } : {};
    expect(await leavesLostOnTheWire({ service, operation, input, ...withBody })).toEqual([]);
  });

  it('a misspelt member is found', async () => {
    const input = { Bucket: 'demo-oidc', ContentTpye: 'application/json', Key: 'keys.json' };
    const body = { text: '{}', fileName: '03-keys.json' };
    const lost = await leavesLostOnTheWire({
      service: 's3api',
      operation: 'put-object',
      input,
      body,
    });
    expect(lost).toEqual(['ContentTpye']);
  });

  it('the table has every request template', () => {
    const files = ['s3', 'cloudfront', 'acm', 'route53', 'iam'].flatMap((folder) =>
      fs.readdirSync(new URL(`${folder}/`, templates)).map((name) => `${folder}/${name}`),
    );
    const known = [...new Set(rows.map(([file]) => file)), ...innerDocuments];
    expect(files.toSorted()).toEqual(known.toSorted());
  });
});
