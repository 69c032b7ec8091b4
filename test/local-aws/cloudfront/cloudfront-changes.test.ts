// Changing, listing and invalidating distributions of the local CloudFront.

import {
  CreateInvalidationCommand,
  DeleteDistributionCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  GetInvalidationCommand,
  ListDistributionsCommand,
  ListOriginAccessControlsCommand,
  UpdateDistributionCommand,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import {
  createControl,
  createDistribution,
  distributionConfig,
  testServer,
  type TestServer,
} from '../test-clients.ts';

describe('changing a distribution', () => {
  const update = (
    server: TestServer,
    input: {
      id: string | undefined;
      etag?: string | undefined;
      config: DistributionConfig | undefined;
    },
  ) =>
    server.cloudfront.send(
      new UpdateDistributionCommand({
        Id: input.id,
        DistributionConfig: input.config,
        ...(input.etag === undefined ? {} : { IfMatch: input.etag }),
      }),
    );

  test('needs its ETag, returns a new one and starts a deployment', async () => {
    const server = await testServer();
    const {
      Id: id,
      etag,
      DistributionConfig: config,
    } = await createDistribution(server, distributionConfig());
    server.advance(180);
    const changed = { ...config, Comment: 'changed' } as DistributionConfig;
    const missing = await refusal(update(server, { id, config: changed }));
    expect(missing.slice(0, 2)).toEqual([400, 'InvalidIfMatchVersion']);
    const { ETag: next, Distribution: after } = await update(server, { id, etag, config: changed });
    expect(after?.Status).toBe('InProgress');
    expect(next).not.toBe(etag);
    const old = await refusal(update(server, { id, etag, config: changed }));
    expect(old.slice(0, 2)).toEqual([412, 'PreconditionFailed']);
    const read = await server.cloudfront.send(new GetDistributionConfigCommand({ Id: id }));
    expect([read.ETag, read.DistributionConfig?.Comment]).toEqual([next, 'changed']);
    const moved = { ...changed, CallerReference: 'other' };
    expect((await refusal(update(server, { id, etag: next, config: moved })))[1]).toBe(
      'IllegalUpdate',
    );
    const partial = distributionConfig({ Comment: 'only what was created' });
    expect((await refusal(update(server, { id, etag: next, config: partial })))[1]).toBe(
      'IllegalUpdate',
    );
  });

  test('to delete it needs it disabled, deployed and its current ETag', async () => {
    const server = await testServer();
    const {
      Id: id,
      etag,
      DistributionConfig: config,
    } = await createDistribution(server, distributionConfig());
    server.advance(180);
    const remove = (IfMatch: string | undefined) =>
      server.cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch }));
    expect((await refusal(remove(etag))).slice(0, 2)).toEqual([409, 'DistributionNotDisabled']);
    const disabled = { ...config, Enabled: false } as DistributionConfig;
    const { ETag: next } = await update(server, { id, etag, config: disabled });
    expect((await refusal(remove(next)))[1]).toBe('DistributionNotDisabled');
    server.advance(180);
    // Deployed, but not known everywhere.
    expect((await refusal(remove(next)))[1]).toBe('DistributionNotDisabled');
    server.advance(1);
    expect((await refusal(remove(etag)))[1]).toBe('PreconditionFailed');
    const { pricingPlans } = server.aws.state.cloudfront;
    pricingPlans.add(id ?? '');
    const [status, code, text] = await refusal(remove(next));
    expect([status, code]).toEqual([412, 'PreconditionFailed']);
    expect(text).toContain('subscribed to a pricing plan');
    pricingPlans.clear();
    await remove(next);
    const get = server.cloudfront.send(new GetDistributionCommand({ Id: id }));
    expect((await refusal(get)).slice(0, 2)).toEqual([404, 'NoSuchDistribution']);
  });

  test('is not possible from another account', async () => {
    const server = await testServer();
    const { Id } = await createDistribution(server, distributionConfig());
    const stranger = server.cloudfrontOf('AKIAOTHER');
    expect((await refusal(stranger.send(new GetDistributionCommand({ Id }))))[1]).toBe(
      'NoSuchDistribution',
    );
    expect((await stranger.send(new ListDistributionsCommand({}))).DistributionList?.Quantity).toBe(
      0,
    );
  });
});

describe('lists', () => {
  test('of distributions and access controls have pages', async () => {
    const server = await testServer();
    server.aws.state.cloudfront.pageSize = 2;
    for (const name of ['a', 'b', 'c']) {
      await createControl(server, name);
      await createDistribution(
        server,
        distributionConfig({ CallerReference: name, Comment: name }),
      );
    }
    const { DistributionList: first } = await server.cloudfront.send(
      new ListDistributionsCommand({}),
    );
    expect(first?.Items?.map((item) => item.Comment)).toEqual(['a', 'b']);
    expect(first?.IsTruncated).toBe(true);
    const { DistributionList: rest } = await server.cloudfront.send(
      new ListDistributionsCommand({ Marker: first?.NextMarker }),
    );
    expect([rest?.Items?.map((item) => item.Comment), rest?.IsTruncated]).toEqual([['c'], false]);
    const { OriginAccessControlList: controls } = await server.cloudfront.send(
      new ListOriginAccessControlsCommand({ MaxItems: 1 }),
    );
    expect(controls?.Items?.map((item) => item.Name)).toEqual(['a']);
    const { OriginAccessControlList: more } = await server.cloudfront.send(
      new ListOriginAccessControlsCommand({ Marker: controls?.NextMarker }),
    );
    expect(more?.Items?.map((item) => item.Name)).toEqual(['b', 'c']);
  });
});

describe('an invalidation', () => {
  test('completes after some time, and its reference stays bound to its paths', async () => {
    const server = await testServer();
    const { Id: DistributionId } = await createDistribution(server, distributionConfig());
    const invalidate = async (CallerReference: string, ...Items: string[]) => {
      const { Invalidation: made } = await server.cloudfront.send(
        new CreateInvalidationCommand({
          DistributionId,
          InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } },
        }),
      );
      return made;
    };
    const made = await invalidate('one', '/keys.json');
    expect(made?.Status).toBe('InProgress');
    expect((await invalidate('one', '/keys.json'))?.Id).toBe(made?.Id);
    const reused = await refusal(invalidate('one', '/other'));
    expect(reused.slice(0, 2)).toEqual([400, 'InvalidArgument']);
    expect(reused[2]).toContain('used for a previous invalidation batch');
    for (const path of ['keys.json', '/a*b', `/${'a'.repeat(4000)}`]) {
      expect((await refusal(invalidate('bad', path))).slice(0, 2)).toEqual([
        400,
        'InvalidArgument',
      ]);
    }
    const get = () =>
      server.cloudfront.send(new GetInvalidationCommand({ DistributionId, Id: made?.Id }));
    server.advance(14);
    expect((await get()).Invalidation?.Status).toBe('InProgress');
    server.advance(1);
    expect((await get()).Invalidation?.Status).toBe('Completed');
    const other = server.cloudfront.send(new GetInvalidationCommand({ DistributionId, Id: 'I1' }));
    expect((await refusal(other)).slice(0, 2)).toEqual([404, 'NoSuchInvalidation']);
  });
});
