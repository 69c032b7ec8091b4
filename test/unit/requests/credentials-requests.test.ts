import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootstrapError, InputError } from '../../../src/core/errors.ts';
import { readCredentialsRequests } from '../../../src/local/credentials-requests.ts';
import { smallRequest } from '../../fixtures/role-requests.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string | Buffer): void => {
  fs.writeFileSync(path.join(folder, name), text);
};
const read = (enableTechPreview = false): ReturnType<typeof readCredentialsRequests> =>
  readCredentialsRequests('.', { cwd: folder, enableTechPreview });

/** `file:line field: message` of every issue. */
function issues(): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(
      ({ file = '', line, field, message }) => `${file}:${line ?? ''} ${field ?? ''}: ${message}`,
    );
  }
  return [];
}

type Change = (request: {
  [name: string]: unknown;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests break the shape on purpose
  metadata: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests break the shape on purpose
  spec: any;
}) => void;

/** A request, pretty-printed over several lines, with one thing changed. */
function changed(change: Change): string {
  const request = JSON.parse(smallRequest({ name: 'one' }));
  change(request);
  return JSON.stringify(request, undefined, 1);
}

describe('the folder', () => {
  it('is read at its top level in order of file names, *.yaml and *.yml only', () => {
    for (const name of ['b.yml', 'a.yaml', 'c.YAML', 'd.json', 'e.yaml.bak']) {
      write(name, smallRequest({ name: name.charAt(0) }));
    }
    fs.mkdirSync(path.join(folder, 'sub.yaml'));
    write('sub.yaml/f.yaml', smallRequest({ name: 'f' }));
    expect(read().requests.map(({ name, file }) => `${name} ${file}`)).toEqual([
      'a ./a.yaml',
      'b ./b.yml',
    ]);
  });

  it('that cannot be read has its own error with the given path', () => {
    const readOther = (): unknown =>
      readCredentialsRequests('./nowhere', { cwd: folder, enableTechPreview: false });
    expect(readOther).toThrow(BootstrapError);
    expect(readOther).toThrow('"./nowhere": it does not exist');
    expect(readOther).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it('without a request for AWS gives a warning', () => {
    expect(read()).toMatchObject({ requests: [], warnings: [expect.stringContaining('"."')] });
  });

  it('gives one error with all faults of all files', () => {
    for (let n = 0; n < 1000; n += 1) write(`r${n}.yaml`, smallRequest({ name: `r${n}` }));
    write('r1.yaml', 'kind: [');
    write(
      'r500.yaml',
      changed(({ spec }) => (spec.serviceAccountNames = [])),
    );
    write(
      'r999.yaml',
      changed(({ spec }) => delete spec.secretRef),
    );
    expect(issues()).toEqual([
      expect.stringMatching(/^\.\/r1\.yaml:1 : not valid YAML/),
      './r500.yaml:12 spec.serviceAccountNames: names no service account: nothing could assume the role',
      './r999.yaml:7 spec.secretRef.namespace: is required',
      './r999.yaml:7 spec.secretRef.name: is required',
    ]);
  });

  it('gives the first hundred faults and the number of the others', () => {
    for (let n = 100; n < 250; n += 1) write(`${n}.yaml`, 'just text');
    expect(issues()).toHaveLength(101);
    expect(issues().at(-1)).toBe(': : and 50 more issues');
  });

  it('is refused without reading files that are too large, not text, or not regular files', () => {
    const large = fs.openSync(path.join(folder, 'large.yaml'), 'w');
    fs.ftruncateSync(large, 50 * 1024 * 1024);
    fs.closeSync(large);
    write('binary.yaml', Buffer.from('kind: \xff', 'latin1'));
    fs.symlinkSync('nowhere', path.join(folder, 'dangling.yaml'));
    execFileSync('mkfifo', [path.join(folder, 'pipe.yaml')]);
    expect(issues()).toEqual([
      './binary.yaml: : is not UTF-8 text',
      './dangling.yaml: : cannot be read: ENOENT',
      './large.yaml: : is too large: 52428800 bytes, at most 1048576 are read',
      './pipe.yaml: : is not a regular file',
    ]);
  });

  it('may have links to files, a byte order mark, and Windows line ends', () => {
    write('target', `\ufeff${changed(() => {}).replaceAll('\n', '\r\n')}`);
    fs.symlinkSync('target', path.join(folder, 'link.yaml'));
    expect(read().requests).toHaveLength(1);
  });
});

describe('a request', () => {
  it('gives the data of a role and its manifests', () => {
    write(
      'a.yaml',
      changed(({ metadata, spec }) => {
        metadata.namespace = 'cco';
        spec.serviceAccountNames = ['b', 'a.c', 'b'];
        spec.cloudTokenPath = '/var/token';
        spec.providerSpec.stsIAMRoleARN = 'arn:aws:iam::1:role/x';
        spec.unknown = 'is for the cluster to judge';
        spec.providerSpec.statementEntries.push({
          effect: 'Deny',
          action: ['kms:ReEncrypt*', '*'],
          resource: 'arn:aws:s3:::bucket/${aws:username}',
          policyCondition: { Bool: { a: true }, NumericLessThan: { b: [1, '2'] } },
        });
      }),
    );
    const [request] = read().requests;
    expect(request).toMatchObject({
      name: 'one',
      namespace: 'cco',
      file: './a.yaml',
      line: 1,
      secret: {
        namespace: 'one',
        name: 'creds',
      },
      serviceAccounts: ['b', 'a.c'],
      tokenPath: '/var/token',
      featureGates: [],
      ownRoleArn: 'arn:aws:iam::1:role/x',
    });
    expect(request?.policy).toBe(
      '{"Version":"2012-10-17","Statement":[' +
        '{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"},' +
        '{"Effect":"Deny","Action":["kms:ReEncrypt*","*"],"Resource":"arn:aws:s3:::bucket/${aws:username}",' +
        '"Condition":{"Bool":{"a":"true"},"NumericLessThan":{"b":["1","2"]}}}]}',
    );
  });

  it('may omit or leave empty what Kubernetes allows', () => {
    write(
      'a.yaml',
      changed(({ metadata, spec }) => {
        Object.assign(metadata, { annotations: null, namespace: null });
        Object.assign(spec, { cloudTokenPath: '' });
        Object.assign(spec.providerSpec, { stsIAMRoleARN: '' });
        Object.assign(spec.providerSpec.statementEntries[0], { policyCondition: {} });
      }),
    );
    const [request] = read().requests;
    expect(request).toMatchObject({
      tokenPath: '/var/run/secrets/openshift/serviceaccount/token',
      policy: expect.not.stringContaining('Condition'),
    });
    expect(request?.ownRoleArn).toBeUndefined();
  });

  const long = 'x'.repeat(253);
  it.each<readonly [string, Change, string]>([
    ['metadata', (r) => delete r.metadata.name, '4 metadata.name: is required'],
    [
      'a name',
      ({ metadata }) => (metadata.name = 'Not_DNS'),
      expect.stringMatching(/^5 metadata\.name: "Not_DNS" must be 1 to 253/) as never,
    ],
    [
      'an annotation that is no text',
      ({ metadata }) => (metadata.annotations = { 'release.openshift.io/delete': true }),
      '7 metadata.annotations.release.openshift.io/delete: must be a text, not the boolean "true"',
    ],
    [
      'a namespace',
      ({ spec }) => (spec.secretRef.namespace = 'a.b'),
      expect.stringMatching(/^9 spec\.secretRef\.namespace: "a\.b" must be 1 to 63/) as never,
    ],
    [
      'a service account',
      ({ spec }) => (spec.serviceAccountNames = ['fine', '*']),
      expect.stringMatching(/^14 spec\.serviceAccountNames\[1\]: "\*" must be/) as never,
    ],
    [
      'a subject longer than STS takes',
      ({ spec }) => (spec.serviceAccountNames = [long]),
      expect.stringMatching(/^13 spec\.serviceAccountNames\[0\]: is too long.*255/) as never,
    ],
    [
      'a secret whose file would have too long a name',
      ({ spec }) => (spec.secretRef.name = long),
      expect.stringMatching(/^10 spec\.secretRef\.name: is too long/) as never,
    ],
    [
      'service accounts that are no list',
      ({ spec }) => (spec.serviceAccountNames = 'operator'),
      '12 spec.serviceAccountNames: must be a list, not the text "operator"',
    ],
    [
      'a token path',
      ({ spec }) => (spec.cloudTokenPath = 'token\nrole_arn = x'),
      expect.stringMatching(/^28 spec\.cloudTokenPath: .* is not an absolute path/) as never,
    ],
    [
      'an effect',
      ({ spec }) => (spec.providerSpec.statementEntries[0].effect = 'allow'),
      '20 spec.providerSpec.statementEntries[0].effect: "allow" is neither Allow nor Deny',
    ],
    [
      'no action',
      ({ spec }) => (spec.providerSpec.statementEntries[0].action = []),
      '21 spec.providerSpec.statementEntries[0].action: is empty',
    ],
    [
      'an action that is none',
      ({ spec }) => (spec.providerSpec.statementEntries[0].action = ['GetObject']),
      expect.stringMatching(/^22 .*action\[0\]: "GetObject" is not an action/) as never,
    ],
    [
      'a resource that is none',
      ({ spec }) => (spec.providerSpec.statementEntries[0].resource = 'my-bucket'),
      expect.stringMatching(/^24 .*resource: "my-bucket" is neither \* nor an ARN/) as never,
    ],
    [
      'several resources',
      ({ spec }) => (spec.providerSpec.statementEntries[0].resource = ['*']),
      expect.stringMatching(/^24 .*resource: must be a text, not a list/) as never,
    ],
    [
      'a member that IAM would know but the cluster ignores',
      ({ spec }) => (spec.providerSpec.statementEntries[0].condition = {}),
      expect.stringMatching(/^25 .*\.condition: is no member of a statement/) as never,
    ],
    [
      'a condition that is none',
      ({ spec }) =>
        (spec.providerSpec.statementEntries[0].policyCondition = { StringEquals: { a: [{}] } }),
      expect.stringMatching(/^28 .*policyCondition\.StringEquals\.a\[0\]: must be a text/) as never,
    ],
    [
      'no statement',
      ({ spec }) => (spec.providerSpec.statementEntries = []),
      '18 spec.providerSpec.statementEntries: is empty',
    ],
    [
      'a policy beyond IAM’s size',
      ({ spec }) =>
        (spec.providerSpec.statementEntries[0].action = Array.from(
          { length: 700 },
          (_, n) => `ec2:Describe${n}`,
        )),
      expect.stringMatching(
        /^18 .*statementEntries: make an inline policy of \d+ characters/,
      ) as never,
    ],
    [
      'a character IAM does not take',
      ({ spec }) =>
        (spec.providerSpec.statementEntries[0].policyCondition = { StringEquals: { a: 'ł' } }),
      expect.stringMatching(/^18 .*statementEntries: hold "ł"/) as never,
    ],
    [
      'another version',
      (r) => (r['apiVersion'] = 'cloudcredential.openshift.io/v2'),
      expect.stringMatching(/^2 apiVersion: .*v2" is not cloudcredential/) as never,
    ],
    [
      'a provider of another version',
      ({ spec }) => (spec.providerSpec.apiVersion = 'v1'),
      '16 spec.providerSpec.apiVersion: "v1" is not cloudcredential.openshift.io/v1',
    ],
    [
      'a misspelt kind',
      (r) => (r['kind'] = 'CredentialRequest'),
      '3 kind: "CredentialRequest" is not CredentialsRequest',
    ],
    [
      'a misspelt cloud',
      ({ spec }) => (spec.providerSpec.kind = 'AwsProviderSpec'),
      '17 spec.providerSpec.kind: "AwsProviderSpec" is not AWSProviderSpec',
    ],
    [
      'no cloud',
      ({ spec }) => delete spec.providerSpec.kind,
      '15 spec.providerSpec.kind: is required',
    ],
    ['no kind', (r) => delete r['kind'], '1 kind: is required'],
  ])('is refused with line and field: %s', (_, change, issue) => {
    write('a.yaml', changed(change));
    expect(issues().map((text) => text.replace('./a.yaml:', ''))).toEqual([issue]);
  });

  it('is refused if it is not a manifest, or if it is a list of manifests', () => {
    write('a.yaml', 'just text\n---\napiVersion: v1\nkind: List\nitems: []\n');
    expect(issues()).toEqual([
      './a.yaml:1 : is not a manifest: must be a mapping',
      expect.stringMatching(/^\.\/a\.yaml:4 kind: a List is not supported/),
    ]);
  });
});

describe('a condition value', () => {
  const withCondition = (condition: string): void =>
    write(
      'a.yaml',
      changed(({ spec }) => {
        spec.providerSpec.statementEntries[0].policyCondition = 'CONDITION';
      }).replace('"CONDITION"', condition),
    );

  it.each(['12', '-3', '1.0', '1.50', '123456789012', 'true', 'false'])(
    'goes as the text that was written: %s',
    (text) => {
      withCondition(`{StringEquals: {"aws:x": [${text}, "012"], "aws:y": ${text}}}`);
      expect(read().requests[0]?.policy).toContain(
        `"Condition":{"StringEquals":{"aws:x":["${text}","012"],"aws:y":"${text}"}}`,
      );
    },
  );

  it.each([
    ['012345678901', '12345678901'],
    ['0x1F', '31'],
    ['0o17', '15'],
    ['1e3', '1000'],
    ['+1', '1'],
    ['12345678901234567890', '12345678901234567000'],
    ['yes', 'true'],
    ['Off', 'false'],
  ])('that YAML reads as something else is refused: %s', (text, value) => {
    withCondition(`{StringEquals: {"aws:ResourceAccount": ${text}}}`);
    expect(issues()).toEqual([
      `./a.yaml:25 spec.providerSpec.statementEntries[0].policyCondition.StringEquals.aws:ResourceAccount: ${text} is read as ${value}; quote it: "${text}"`,
    ]);
  });

  it('is found through an alias and a merge key', () => {
    withCondition('{StringEquals: &one {"aws:a": 1.0}, StringLike: *one, Bool: {<<: *one}}');
    expect(read().requests[0]?.policy).toContain(
      '{"StringEquals":{"aws:a":"1.0"},"StringLike":{"aws:a":"1.0"},"Bool":{"aws:a":"1.0"}}',
    );
    withCondition('{StringEquals: &one {"aws:a": 01}, Bool: {<<: *one}}');
    expect(issues()).toHaveLength(2);
  });
});

describe('a resource', () => {
  const withResource = (resource: string): string =>
    changed(({ spec }) => {
      spec.providerSpec.statementEntries[0].resource = resource;
    });
  const readFor = (partition: string | undefined): unknown =>
    readCredentialsRequests('.', { cwd: folder, enableTechPreview: false, partition });

  it('of another partition is refused, with the right prefix', () => {
    write('a.yaml', withResource('arn:aws:s3:::b'));
    for (const partition of ['aws-cn', 'aws-us-gov', 'aws-eusc']) {
      expect(() => readFor(partition)).toThrow(
        `./a.yaml:24: spec.providerSpec.statementEntries[0].resource: "arn:aws:s3:::b" is of partition "aws", the account of "${partition}": write "arn:${partition}:s3:::b"`,
      );
    }
    expect(readFor('aws')).toMatchObject({ requests: [{ name: 'one' }] });
    expect(readFor(undefined)).toMatchObject({ requests: [{ name: 'one' }] });
    write('a.yaml', withResource('arn:*:s3:::b'));
    expect(readFor('aws-cn')).toMatchObject({ requests: [{ name: 'one' }] });
  });

  it('that is a star without quotes is an error with the field and the hint to quote it', () => {
    write('a.yaml', withResource('STAR').replace('"STAR"', '*'));
    write('b.yaml', 'kind: x\nspec:\n  list:\n    - action: *:List\n');
    expect(issues()).toEqual([
      './a.yaml:24 spec.providerSpec.statementEntries[0].resource: not valid YAML: "*" begins an alias here; quote it: "*"',
      './b.yaml:4 spec.list[0].action: not valid YAML: "*" begins an alias here; quote it: "*:List"',
    ]);
  });
});

describe('two requests', () => {
  it('must not be equal and must not have the same role', () => {
    write('a.yaml', smallRequest({ name: 'one', namespace: 'a-b', secret: 'c' }));
    write('b.yaml', smallRequest({ name: 'one', namespace: 'other' }));
    write('c.yaml', `\n${smallRequest({ name: 'two', namespace: 'a', secret: 'b-c' })}`);
    expect(issues()).toEqual([
      './b.yaml:1 metadata.name: "one" is also in ./a.yaml:1',
      './c.yaml:2 spec.secretRef: "a-b-c" is also the name of the role and manifest of "one" in ./a.yaml:1',
    ]);
  });
});

describe('a request that is skipped', () => {
  const annotated = (key: string, value: string): string =>
    changed(({ metadata }) => (metadata.annotations = { [`release.openshift.io/${key}`]: value }));
  const reasons = (enableTechPreview: boolean): readonly string[] =>
    read(enableTechPreview).skipped.map(({ file, name, reason }) => `${file} ${name} ${reason}`);

  it('is listed with the reason: another cloud, deletion, another kind', () => {
    const gcp = changed(({ spec }) => {
      spec.providerSpec = { kind: 'GCPProviderSpec', permissions: [] };
      delete spec.serviceAccountNames;
    });
    write('a.yaml', gcp);
    write('b.yaml', annotated('delete', 'true'));
    write('c.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n');
    expect(reasons(false)).toEqual([
      'a.yaml one is for another cloud: GCPProviderSpec',
      'b.yaml one is marked for deletion (release.openshift.io/delete)',
      'c.yaml ns kind is "Namespace", not CredentialsRequest',
    ]);
  });

  it.each([
    ['TechPreviewNoUpgrade', 0, 1],
    ['CustomNoUpgrade, TechPreviewNoUpgrade', 0, 1],
    ['CustomNoUpgrade', 0, 0],
    ['TechPreviewNoUpgrades', 0, 0],
  ])('is for feature set "%s": %i requests, %i with tech preview', (set, without, withIt) => {
    write('a.yaml', annotated('feature-set', set));
    expect([read().requests.length, read(true).requests.length]).toEqual([without, withIt]);
  });

  it('does not include one with feature gates', () => {
    write('a.yaml', annotated('feature-gate', 'One, Two'));
    expect(read().requests.map(({ featureGates }) => featureGates)).toEqual([['One', 'Two']]);
  });

  it('does not include one with the delete annotation "false"', () => {
    write('a.yaml', annotated('delete', 'false'));
    expect(read().requests).toHaveLength(1);
  });
});
