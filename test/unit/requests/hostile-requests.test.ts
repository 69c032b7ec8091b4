// What somebody who writes CredentialsRequests may try: no field leads out of its folder, adds a line to a
// manifest, widens a trust policy, or becomes another value on its way to IAM or the cluster.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  assignManifestPaths,
  manifestObjects,
} from '../../../src/core/manifests/manifest-paths.ts';
import { renderRoleManifests } from '../../../src/core/manifests/role-manifests.ts';
import {
  parseCredentialsRequest,
  type CredentialsRequest,
} from '../../../src/core/requests/credentials-request.ts';
import { readPolicyFile } from '../../../src/core/requests/policy-file.ts';
import { requestedRole, subjectsOf } from '../../../src/core/requests/role-request.ts';
import { fieldName, readYamlDocuments } from '../../../src/core/requests/yaml-documents.ts';
import { renderTrustPolicy } from '../../../src/core/roles/trust-policy.ts';
import { smallRequest } from '../../fixtures/role-requests.ts';

const roleArn = 'arn:aws:iam::111122223333:role/c-one-creds';
const providerArn = 'arn:aws:iam::111122223333:oidc-provider/example.com/c';

/** Texts with a meaning in some file, path, policy, template or terminal. */
const hostile = [
  '../x',
  '..',
  '.',
  '/etc/passwd',
  'a/b',
  String.raw`a\b`,
  'a\0b',
  '*',
  '?',
  '${aws:username}',
  '{{roleArn}}',
  '{{{',
  '<role-arn>',
  'a\nrole_arn = x',
  'a\n---\nkind: Secret',
  'a: b',
  'a #b',
  '- a',
  '"',
  "'",
  '`id`',
  '$(id)',
  '__proto__',
  'constructor\n',
  '\u001b[2J',
  '\u2028',
  '\u202e',
  'ä',
  'a'.repeat(300),
];
const anyText = fc.oneof(fc.constantFrom(...hostile), fc.string(), fc.string({ unit: 'binary' }));

// oxlint-disable-next-line typescript/no-explicit-any -- tests put anything anywhere
type Raw = { metadata: any; spec: any };

function parsed(change: (request: Raw) => void): ReturnType<typeof parseCredentialsRequest> {
  const request = JSON.parse(smallRequest({ name: 'one' })) as Raw;
  change(request);
  return parseCredentialsRequest(request, { enableTechPreview: false, textOf: () => undefined });
}

function accepted(change: (request: Raw) => void): CredentialsRequest | undefined {
  const result = parsed(change);
  return result.kind === 'request' ? { ...result.request, file: 'f', line: 1 } : undefined;
}

describe('a name', () => {
  const fields: readonly (readonly [string, (request: Raw, text: string) => void])[] = [
    ['metadata.name', ({ metadata }, text) => (metadata.name = text)],
    ['metadata.namespace', ({ metadata }, text) => (metadata.namespace = text)],
    ['spec.secretRef.name', ({ spec }, text) => (spec.secretRef.name = text)],
    ['spec.secretRef.namespace', ({ spec }, text) => (spec.secretRef.namespace = text)],
    ['spec.serviceAccountNames[0]', ({ spec }, text) => (spec.serviceAccountNames = [text])],
  ];
  it.each(fields)('%s is one of Kubernetes, or refused', (field, set) => {
    for (const text of hostile) {
      const result = parsed((request) => set(request, text));
      const named =
        result.kind === 'wrong' ? result.problems.map(({ path }) => fieldName(path)) : [];
      expect([text, named]).toEqual([text, [field]]);
    }
  });

  it('gives files in their folders and nowhere else', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (namespace, name, account) => {
        const request = accepted(({ spec }) => {
          spec.secretRef = { namespace, name };
          spec.serviceAccountNames = [account];
        });
        if (request === undefined) return;
        const objects = manifestObjects(requestedRole(request));
        const paths = objects.map(assignManifestPaths(objects, () => undefined));
        for (const path of paths) {
          expect(path).toMatch(
            /^(?:manifests|serviceaccounts|pods|aws-config)\/[a-z0-9][a-z0-9.-]{0,254}$/,
          );
        }
      }),
    );
  });
});

describe('a token path', () => {
  it('is one value of the credentials, and cannot add a setting', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map((text) => `/${text}`),
        ),
        (tokenPath) => {
          const request = accepted(({ spec }) => (spec.cloudTokenPath = tokenPath));
          if (request === undefined || tokenPath === '') return;
          const [secret] = renderRoleManifests({
            request: requestedRole(request),
            roleArn,
            shared: new Map(),
            paths: ({ folder, namespace, name }) => `${folder}/${namespace}-${name}`,
            audiences: [],
            region: undefined,
          });
          for (const version of ['1.1', '1.2'] as const) {
            const documents = parseAllDocuments(secret?.text ?? '', { version });
            expect(documents).toHaveLength(1);
            expect(documents[0]?.toJS().stringData.credentials.split('\n')).toEqual([
              '[default]',
              'sts_regional_endpoints = regional',
              `role_arn = ${roleArn}`,
              `web_identity_token_file = ${tokenPath}`,
            ]);
          }
        },
      ),
    );
  });

  it('is never taken for a value that a plan does not know yet', () => {
    expect(parsed(({ spec }) => (spec.cloudTokenPath = '/<role-arn>')).kind).toBe('wrong');
  });
});

describe('an audience of the provider', () => {
  it.each(hostile.filter((text) => text.length < 256))(
    'is one value in every file: %j',
    (audience) => {
      const request = accepted(() => {});
      if (request === undefined) throw new Error('refused');
      const files = renderRoleManifests({
        request: requestedRole(request),
        roleArn,
        shared: new Map(),
        paths: ({ folder, namespace, name }) => `${folder}/${namespace}-${name}`,
        audiences: [audience],
        region: 'eu-west-1',
      });
      const [, account, pod] = files.map(({ text }) =>
        parseAllDocuments(text).map((one) => one.toJS()),
      );
      expect(account).toHaveLength(1);
      expect(account?.[0].metadata.annotations['eks.amazonaws.com/audience']).toBe(audience);
      const [volume] = pod?.[0].spec.template.spec.volumes ?? [];
      expect(volume.projected.sources[0].serviceAccountToken.audience).toBe(audience);
    },
  );

  it('and a subject are compared as they are, without wildcards', () => {
    const request = accepted(() => {});
    const subjects = subjectsOf(requestedRole(request as CredentialsRequest));
    const policy = renderTrustPolicy({ providerArn, subjects, audiences: ['*', '{{x}}'] });
    expect(policy['Statement']).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: { 'example.com/c:sub': subjects, 'example.com/c:aud': ['*', '{{x}}'] },
        },
      }),
    ]);
  });
});

describe('a text of a policy', () => {
  it('goes to IAM as it was written, or is refused', () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const condition = { StringEquals: Object.fromEntries([[key, [value]]]) };
        const request = accepted(({ spec }) => {
          spec.providerSpec.statementEntries[0].policyCondition = condition;
        });
        if (request === undefined) return;
        expect(JSON.parse(request.policy).Statement[0].Condition).toEqual(condition);
      }),
    );
  });

  it('of a policy file is not shown where it is not JSON: it may be the wrong file', () => {
    for (const secret of [
      'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      '{"a": wJalrXUtnFEMI/K7MDENG}',
    ]) {
      const read = (): string => readPolicyFile(secret, { file: 'p.json' });
      expect(read).toThrow('p.json');
      expect(read).not.toThrow(/JalrXUtn/);
    }
  });
});

describe('YAML and JSON that are made to harm', () => {
  const read = (text: string) => {
    const issues: string[] = [];
    const documents = [...readYamlDocuments(text, ({ message }) => issues.push(message))];
    return { issues, values: documents.map(({ value }) => value) };
  };

  it.each([
    'a: {<<: {__proto__: {polluted: 1}}}\n',
    'x: &x {__proto__: {polluted: 1}}\na: {<<: *x}\n',
    'a: !!js/function "function(){}"\n',
    'a: !!binary cG9sbHV0ZWQ=\n',
    '? {a: 1}\n: b\n',
    'constructor: {prototype: {polluted: 1}}\ntoString: 1\n',
  ])('change no other object: %j', (text) => {
    const { values } = read(text);
    expect({}).not.toHaveProperty('polluted');
    for (const value of values) expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(String({})).toBe('[object Object]');
  });

  it('in a policy file is refused by its place', () => {
    const policy = (members: string): string =>
      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"${members}}]}`;
    for (const members of [
      ',"__proto__":{"Action":"*"}',
      ',"Action":"*"',
      ',"Condition":{"Bool":{"__proto__":"x"}}',
      `,"Condition":${'{"a":'.repeat(200)}1${'}'.repeat(200)}`,
    ]) {
      expect(() => readPolicyFile(policy(members), { file: 'p.json' })).toThrow(/p\.json/);
    }
  });
});
