// Origin access controls of the local CloudFront.

import {
  CreateOriginAccessControlCommand,
  DeleteOriginAccessControlCommand,
  GetOriginAccessControlCommand,
} from '@aws-sdk/client-cloudfront';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { createControl, createDistribution, testServer, withOrigin } from '../test-clients.ts';

describe('an origin access control', () => {
  const config = {
    Name: 'issuer',
    Description: 'issuer',
    SigningProtocol: 'sigv4',
    SigningBehavior: 'always',
    OriginAccessControlOriginType: 's3',
  } as const;

  test('has a unique name in the account', async () => {
    const server = await testServer();
    const make = (client = server.cloudfront) =>
      client.send(new CreateOriginAccessControlCommand({ OriginAccessControlConfig: config }));
    const { OriginAccessControl: made } = await make();
    const read = await server.cloudfront.send(new GetOriginAccessControlCommand({ Id: made?.Id }));
    expect(read.OriginAccessControl?.OriginAccessControlConfig).toEqual(config);
    expect((await refusal(make())).slice(0, 2)).toEqual([409, 'OriginAccessControlAlreadyExists']);
    await make(server.cloudfrontOf('AKIAOTHER'));
  });

  test.each([
    { Name: '' },
    { Name: 'n'.repeat(65) },
    { Name: 'a b' },
    { SigningProtocol: 'sigv5' },
    { SigningBehavior: 'sometimes' },
    { OriginAccessControlOriginType: 'ftp' },
  ])('is refused with %o', async (change) => {
    const server = await testServer();
    const call = server.cloudfront.send(
      new CreateOriginAccessControlCommand({
        OriginAccessControlConfig: { ...config, ...change } as typeof config,
      }),
    );
    expect((await refusal(call)).slice(0, 2)).toEqual([400, 'InvalidArgument']);
  });

  test('cannot be deleted while a distribution uses it', async () => {
    const server = await testServer();
    const Id = await createControl(server, 'issuer');
    const made = await createDistribution(server, withOrigin({ OriginAccessControlId: Id }));
    const { ETag: IfMatch } = await server.cloudfront.send(
      new GetOriginAccessControlCommand({ Id }),
    );
    const remove = () =>
      server.cloudfront.send(new DeleteOriginAccessControlCommand({ Id, IfMatch }));
    expect((await refusal(remove())).slice(0, 2)).toEqual([409, 'OriginAccessControlInUse']);
    server.aws.state.cloudfront.distributions.delete(made.Id ?? '');
    const blind = server.cloudfront.send(new DeleteOriginAccessControlCommand({ Id }));
    expect((await refusal(blind)).slice(0, 2)).toEqual([400, 'InvalidIfMatchVersion']);
    await remove();
    const get = server.cloudfront.send(new GetOriginAccessControlCommand({ Id }));
    expect((await refusal(get)).slice(0, 2)).toEqual([404, 'NoSuchOriginAccessControl']);
  });
});
