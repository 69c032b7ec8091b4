// The local AWS: one HTTP server that speaks the protocols of S3, CloudFront, IAM and STS, plays
// CloudFront's viewer edge, records every call, and can be told to misbehave. All in memory.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { handleCloudFront } from './cloudfront/cloudfront.ts';
import type { CloudFrontState } from './cloudfront/cloudfront-state.ts';
import { checkAccessKey, ownerCredentials } from './credentials.ts';
import { UnreachableHost } from './cloudfront/edge.ts';
import { fetchHost } from './dns/fetch-host.ts';
import { handleAcm } from './acm/acm.ts';
import type { AcmState } from './acm/acm-state.ts';
import type { DnsState } from './dns/dns-state.ts';
import { handleRoute53 } from './route53/route53.ts';
import type { Route53State } from './route53/route53-state.ts';
import { renderFault } from './faults.ts';
import { parseIncoming, readBody, type Incoming } from './wire/http-request.ts';
import { handleIam } from './iam/iam.ts';
import { iamAccount, type IamState } from './iam/iam-state.ts';
import { newInterference, type IdentityPolicy } from './interference.ts';
import { newLateReads, type ReadLags } from './late-reads.ts';
import { operationOf, type Operation, type Service } from './operations.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from './wire/protocol.ts';
import { s3Arn } from './s3/s3-access.ts';
import { configuresBucket } from './s3/s3-actions.ts';
import { operationAborted } from './s3/s3-create.ts';
import { decodeS3Body } from './s3/s3-body.ts';
import type { S3State } from './s3/s3-state.ts';
import { handleS3 } from './s3/s3.ts';
import { snapshotWorld } from './snapshot.ts';
import type { StsState } from './sts/sts-state.ts';
import { handleSts } from './sts/sts.ts';
import { newThrottling, type ThrottlingOptions } from './throttling.ts';
import { newWorld, type WorldOptions } from './world.ts';

export type LocalAwsOptions = WorldOptions &
  ThrottlingOptions & {
    /** Real time every AWS call takes before it is handled; 0 by default. */
    readonly latencyMs?: number;
    /** How far reads lag behind writes, by service. */
    readonly readLagMs?: ReadLags;
    readonly port?: number;
  };

export type State = {
  readonly s3: S3State;
  readonly cloudfront: CloudFrontState;
  readonly iam: IamState;
  readonly sts: StsState;
  readonly acm: AcmState;
  readonly route53: Route53State;
  readonly dns: DnsState;
};

/** One AWS call in order of arrival. `status` is 0 where the caller got no answer. */
export type RecordedCall = {
  readonly service: Service;
  /** `s3:PutObject` */
  readonly operation: string;
  readonly write: boolean;
  /** IAM actions an identity policy must allow, the main one first. */
  readonly actions: readonly string[];
  /** ARNs that such a policy's Resource is compared with. */
  readonly resources: readonly string[];
  readonly params: { readonly [name: string]: unknown };
  /** Twelve digits; undefined where the call was not signed. */
  readonly account: string | undefined;
  readonly region: string;
  status: number;
  awsCode?: string;
};

export type LocalAws = {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** `http://127.0.0.1:<port>/_edge/{host}` */
  readonly edgeUrl: string;
  /** Environment with the credentials of account 111122223333. */
  readonly credentials: { readonly [name: string]: string };
  readonly state: State;
  readonly world: World;
  readonly calls: RecordedCall[];
  /** Denies an operation or IAM action (`s3:ListBucket`) from now on. */
  readonly deny: (operation: string, resource?: RegExp) => void;
  readonly allow: (operation: string) => void;
  /** Gives the caller this identity policy in place of all rights. */
  readonly attach: (policy: IdentityPolicy) => void;
  /** Fails the k-th call counted from now, 1 being the next. */
  readonly failCall: (k: number, when: 'before' | 'after', how: 'error' | 'drop') => void;
  /** As if the caller died at the k-th call from now: nothing gets through until the answer is called. */
  readonly failFrom: (k: number, when: 'before' | 'after') => () => void;
  /** Holds the answer of the k-th call from now for ever, so that its caller can be killed; resolves then. */
  readonly holdCall: (k: number, when: 'before' | 'after') => Promise<void>;
  /** Awaited before each call is handled: a test may change the order of calls of several runs. */
  beforeCall: () => Promise<void>;
  /** The end state without ids and times. */
  readonly snapshot: () => unknown;
  readonly close: () => Promise<void>;
};

const injectedFault = (): AwsFault =>
  new AwsFault(400, 'InjectedFault', 'this call was told to fail');

/** Starts a fresh local AWS on loopback. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const world = newWorld(options);
  const calls: RecordedCall[] = [];
  const interference = newInterference();
  const throttling = newThrottling(options);
  const lateReads = newLateReads(world, options.readLagMs);

  /** IAM judges a role that is there by its path; one that is not as if it had none. */
  function roleArnOf(named: Operation, account: string | undefined): string | undefined {
    const name = named.params['RoleName'];
    if (named.service !== 'iam' || account === undefined || typeof name !== 'string')
      return undefined;
    return [...iamAccount(world.iam, account).roles.values()].find((role) => role.name === name)
      ?.arn;
  }

  /** Two configuration writes on one bucket at a time: the second meets S3's own conflict. */
  async function withoutConflict(
    named: Operation,
    handle: () => Promise<AwsResponse>,
  ): Promise<AwsResponse> {
    const name = named.operation.replace(/^s3:/, '');
    if (named.service !== 's3' || !configuresBucket(name)) return handle();
    const bucket = String(named.params['Bucket']);
    if (world.s3.configuring.has(bucket)) {
      throw operationAborted();
    }
    world.s3.configuring.add(bucket);
    try {
      return await handle();
    } finally {
      world.s3.configuring.delete(bucket);
    }
  }

  async function dispatch(request: AwsRequest, named: Operation): Promise<AwsResponse> {
    const seen = lateReads.worldOf(named);
    if (named.service === 'cloudfront') return handleCloudFront(request, seen);
    if (named.service === 'iam') return handleIam(request, seen);
    if (named.service === 'sts') return handleSts(request, seen);
    if (named.service === 'acm') return handleAcm(request, seen);
    if (named.service === 'route53') return handleRoute53(request, seen);
    try {
      return handleS3(request, seen);
    } catch (error) {
      // Without permission to list, S3 does not tell that a key is missing (facts 3.3).
      const bucketArn = s3Arn(world.partition, String(named.params['Bucket']));
      const hidden = error instanceof AwsFault && error.code === 'NoSuchKey';
      if (!hidden || !interference.isDenied('s3:ListBucket', bucketArn)) throw error;
      throw new AwsFault(403, 'AccessDenied', 'Access Denied');
    }
  }

  async function answer(incoming: Incoming, named: Operation): Promise<AwsResponse> {
    const { sender, service, request } = incoming;
    checkAccessKey(sender, service, world.partition);
    interference.checkAllowed(named, sender.callerArn);
    const { isDenied } = interference;
    return withoutConflict(named, async () => {
      if (options.latencyMs !== undefined) await delay(options.latencyMs);
      throttling.check(service);
      await aws.beforeCall();
      if (service !== 's3') return dispatch(request, named);
      const body = decodeS3Body(request.body, request.headers, named.operation.slice('s3:'.length));
      return dispatch({ ...request, body, isDenied }, named);
    });
  }

  function record(incoming: Incoming): { call: RecordedCall; named: Operation | AwsFault } {
    const { service, sender, request } = incoming;
    const common = { account: sender.account, region: sender.region, status: 0 };
    try {
      const named = operationOf(service, request, world.partition);
      const { operation, write, actions, params } = named;
      const roleArn = roleArnOf(named, sender.account);
      const resources = roleArn === undefined ? named.resources : [roleArn];
      const call: RecordedCall = {
        service,
        operation,
        write,
        actions,
        resources,
        params,
        ...common,
      };
      calls.push(call);
      return { call, named: { ...named, resources } };
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      const operation = `${service}:Unknown`;
      const call: RecordedCall = {
        service,
        operation,
        write: false,
        actions: [],
        resources: ['*'],
        params: {},
        ...common,
      };
      calls.push(call);
      return { call, named: error };
    }
  }

  function send(response: ServerResponse, reply: AwsResponse, method: string | undefined): void {
    const bodiless = method === 'HEAD' || reply.status === 204 || reply.status === 304;
    const body = reply.body ?? '';
    response.writeHead(reply.status, {
      ...reply.headers,
      date: world.now().toUTCString(),
      // HEAD tells the length of what GET would send; errors of HEAD have no body at all.
      ...(reply.status === 204 || reply.status === 304
        ? {}
        : { 'content-length': bodiless && reply.status >= 300 ? 0 : Buffer.byteLength(body) }),
    });
    response.end(bodiless ? undefined : body);
  }

  async function serveEdge(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, host = '', path = '/'] = /^\/_edge\/([^/]+)(\/.*)?$/.exec(message.url ?? '') ?? [];
    try {
      const reply = await fetchHost({ host, path, method: message.method ?? 'GET' }, world);
      send(response, reply, message.method);
    } catch (error) {
      if (!(error instanceof UnreachableHost)) throw error;
      // No name server knows the host: there is nobody to answer.
      message.socket.destroy();
    }
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    if (message.url?.startsWith('/_edge/') === true) {
      await serveEdge(message, response);
      return;
    }
    const body = await readBody(message);
    const incoming = parseIncoming(message, body, world.partition);
    const { call, named } = record(incoming);
    const failure = interference.failureOf(calls.length);
    const requestId = randomUUID();
    let reply: AwsResponse;
    try {
      if (named instanceof AwsFault) throw named;
      if (failure?.when !== 'before') reply = await answer(incoming, named);
      else reply = { status: 0 };
      if (failure !== undefined) throw injectedFault();
    } catch (error) {
      // A fault of the local AWS itself must be seen, and must not look like one of AWS.
      const fault =
        error instanceof AwsFault
          ? error
          : new AwsFault(501, 'LocalAwsBroken', error instanceof Error ? `${error.stack}` : '');
      call.awsCode = fault.code;
      reply = renderFault(fault, incoming.service, requestId);
    }
    if (failure?.how === 'hold') {
      failure.held();
      return;
    }
    if (failure?.how === 'drop') {
      message.socket.destroy();
      return;
    }
    call.status = reply.status;
    const idHeader = incoming.service === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid';
    send(
      response,
      { ...reply, headers: { [idHeader]: requestId, ...reply.headers } },
      message.method,
    );
  }

  const server = createServer((message, response) => {
    response.sendDate = false;
    void serve(message, response).catch(() => message.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws: LocalAws = {
    endpoint,
    edgeUrl: `${endpoint}/_edge/{host}`,
    credentials: ownerCredentials,
    state: {
      s3: world.s3,
      cloudfront: world.cloudfront,
      iam: world.iam,
      sts: world.sts,
      acm: world.acm,
      route53: world.route53,
      dns: world.dns,
    },
    world,
    calls,
    deny: interference.deny,
    allow: interference.allow,
    attach: interference.attach,
    failCall: (k, when, how) => interference.planFailure(calls.length + k, { when, how }),
    failFrom: (k, when) => interference.planOutage(calls.length + k, when),
    holdCall: (k, when) =>
      new Promise((held) =>
        interference.planFailure(calls.length + k, { when, how: 'hold', held }),
      ),
    beforeCall: async () => {},
    snapshot: () => snapshotWorld(world),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return aws;
}
