// What each platform does with a file under `cluster/`: which fields its format has, how the file is merged
// into the configuration that is there, and which flags kube-apiserver gets from it. Written from the
// sources that are named at each; unknown fields are refused, as the platforms do.

import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

/** A flag of kube-apiserver without dashes, and its value, in order. */
export type Flag = readonly [name: string, value: string];

// oxlint-disable-next-line typescript/no-explicit-any -- configurations as the schemas have checked them
type Config = any;

export type PlatformModel = {
  /** One document of a file. */
  readonly document: z.ZodType;
  /** A cluster that nobody has configured. */
  readonly start: Config;
  /** The configuration after a file, put at `place` by the steps. */
  readonly apply: (config: Config, documents: readonly Config[], place: string) => Config;
  readonly flags: (config: Config) => readonly Flag[];
};

const text = z.string().min(1);
const url = z.url({ protocol: /^https$/ });

/**
 * kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go, decoded strictly; names of arguments as in
 * validation.ValidateExtraArgs. Flags: app/util/arguments.go, ArgumentsToCommand: an argument given replaces
 * every default of its name.
 */
const kubeadmArgument = z.strictObject({ name: text.regex(/^[a-z][a-z-]*$/), value: text });
const kubeadmComponent = z.strictObject({
  extraArgs: z.array(kubeadmArgument).optional(),
  extraVolumes: z
    .array(
      z.strictObject({
        name: text,
        hostPath: text,
        mountPath: text,
        readOnly: z.boolean().optional(),
        pathType: text.optional(),
      }),
    )
    .optional(),
});
const kubeadm: PlatformModel = {
  document: z.strictObject({
    apiVersion: z.literal('kubeadm.k8s.io/v1beta4'),
    kind: z.literal('ClusterConfiguration'),
    apiServer: kubeadmComponent,
    controllerManager: kubeadmComponent.optional(),
  }),
  start: { apiServer: { extraArgs: [{ name: 'profiling', value: 'false' }] } },
  // By the steps: the extraArgs of the file in place of those of the same names.
  apply: (config, [file]) =>
    Object.fromEntries(
      ['apiServer', 'controllerManager'].map((component) => {
        const given: readonly Config[] = file[component]?.extraArgs ?? [];
        const there: readonly Config[] = config[component]?.extraArgs ?? [];
        const kept = there.filter(({ name }) => !given.some((one) => one.name === name));
        return [component, { extraArgs: [...kept, ...given] }];
      }),
    ),
  flags: (config) => {
    const given: readonly Flag[] = config.apiServer.extraArgs.map(
      ({ name, value }: { name: string; value: string }) => [name, value] as const,
    );
    const defaults: readonly Flag[] = [
      ['service-account-issuer', 'https://kubernetes.default.svc.cluster.local'],
      ['service-account-key-file', '/etc/kubernetes/pki/sa.pub'],
      ['service-account-signing-key-file', '/etc/kubernetes/pki/sa.key'],
    ];
    return [...defaults.filter(([name]) => !given.some(([other]) => other === name)), ...given];
  },
};

/**
 * k3s pkg/configfilearg/parser.go: files of config.yaml.d in the order of their names, "+" after a key adds
 * to the values before. Flags: k3s pkg/util GetArgs: a value replaces the default of its flag, with "+" it
 * comes after it.
 */
const argument = text.regex(/^[a-z][a-z-]*\+?=\S+$/);
function rancher(name: 'k3s' | 'rke2'): PlatformModel {
  const inCluster = 'https://kubernetes.default.svc.cluster.local';
  return {
    document: z.strictObject({ 'kube-apiserver-arg+': z.array(argument).min(1) }),
    start: { '50-own.yaml': { 'kube-apiserver-arg': ['profiling=false'] } },
    apply: (config, [file], place) => ({ ...config, [place]: file }),
    flags: (config) => {
      const values: Record<string, readonly string[]> = {
        'service-account-issuer': [inCluster],
        'api-audiences': [`${inCluster},${name}`],
        'service-account-key-file': [`/var/lib/rancher/${name}/server/tls/service.key`],
      };
      const given = new Map<string, readonly string[]>();
      for (const file of Object.keys(config).toSorted()) {
        const [list] = Object.values(config[file]) as readonly (readonly string[])[];
        for (const one of list ?? []) {
          const [, flag = '', plus, value = ''] = /^([a-z-]+)(\+?)=(.*)$/.exec(one) ?? [];
          const before = given.get(flag) ?? (plus === '+' ? (values[flag] ?? []) : []);
          given.set(flag, [...before, value]);
        }
      }
      return Object.entries({ ...values, ...Object.fromEntries(given) }).flatMap(([flag, all]) =>
        all.map((value) => [flag, value] as const),
      );
    },
  };
}

/**
 * talos pkg/machinery/config/types/k8s/service_account.go for the fields, .../config/merge/merge.go: lists
 * are appended; .../decoder/delete.go: `$patch: delete` takes a field away, documents in their order.
 * Flags: the issuer that signs comes first, its public key is accepted without being listed.
 */
const deletion = z.strictObject({ $patch: z.literal('delete') });
const publicPem = z.string().startsWith('-----BEGIN PUBLIC KEY-----\n').endsWith('-----\n');
const talos: PlatformModel = {
  document: z.strictObject({
    apiVersion: z.literal('v1alpha1'),
    kind: z.literal('KubeServiceAccountConfig'),
    issuer: z.strictObject({ privateKey: text.optional(), issuerURL: url.optional() }).optional(),
    accepted: z
      .strictObject({
        publicKeys: z.union([z.array(publicPem), deletion]).optional(),
        issuers: z.union([z.array(url), deletion]).optional(),
        audiences: z.union([z.array(text), deletion]).optional(),
      })
      .optional(),
  }),
  start: { issuer: { issuerURL: 'https://10.0.0.1:6443' }, accepted: {} },
  apply: (config, documents) =>
    documents.reduce(
      (before, patch) => ({
        issuer: { ...before.issuer, ...patch.issuer },
        accepted: Object.fromEntries(
          ['publicKeys', 'issuers', 'audiences'].map((field) => {
            const given = patch.accepted?.[field];
            if (isDeepStrictEqual(given, { $patch: 'delete' })) return [field, []];
            return [field, [...(before.accepted[field] ?? []), ...(given ?? [])]];
          }),
        ),
      }),
      config,
    ),
  flags: ({ issuer, accepted }) => {
    const { publicKeys = [], issuers = [], audiences = [] } = accepted;
    const audience = audiences.length === 0 ? [issuer.issuerURL] : audiences;
    return [
      ...[issuer.issuerURL, ...issuers].map((value) => ['service-account-issuer', value] as const),
      ['service-account-key-file', ['<of the signer>', ...publicKeys].join('')],
      ['api-audiences', audience.join(',')],
    ];
  },
};

/**
 * kops pkg/apis/kops/v1alpha2/componentconfig.go, KubeAPIServerConfig. The steps merge with yq's `*=`:
 * maps are merged, everything else is replaced (https://mikefarah.gitbook.io/yq/operators/multiply-merge).
 */
const kops: PlatformModel = {
  document: z.strictObject({
    apiVersion: z.literal('kops.k8s.io/v1alpha2'),
    kind: z.literal('Cluster'),
    spec: z.strictObject({
      kubeAPIServer: z.strictObject({
        serviceAccountIssuer: url,
        additionalServiceAccountIssuers: z.array(url),
        serviceAccountJWKSURI: url.optional(),
        apiAudiences: z.array(text),
      }),
    }),
  }),
  start: { spec: { kubeAPIServer: { serviceAccountIssuer: 'https://api.internal.kops' } } },
  apply: (config, [file]) => mergeMaps(config, file),
  flags: ({ spec: { kubeAPIServer: server } }) => [
    ...[server.serviceAccountIssuer, ...(server.additionalServiceAccountIssuers ?? [])].map(
      (value) => ['service-account-issuer', value] as const,
    ),
    ['service-account-key-file', '/srv/kubernetes/kube-apiserver/service-account.pub'],
    ['api-audiences', (server.apiAudiences ?? [server.serviceAccountIssuer]).join(',')],
  ],
};

function mergeMaps(a: Config, b: Config): Config {
  const isMap = (value: Config): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(a) || !isMap(b)) return b;
  const merged = Object.entries(b).map(([key, value]) => [key, mergeMaps(a[key], value)]);
  return { ...a, ...Object.fromEntries(merged) };
}

/**
 * openshift/api config/v1 types_authentication.go; `oc patch --type merge` is RFC 7386. The operator keeps
 * the issuer before by itself.
 */
const openshift: PlatformModel = {
  document: z.strictObject({
    apiVersion: z.literal('config.openshift.io/v1'),
    kind: z.literal('Authentication'),
    metadata: z.strictObject({ name: z.literal('cluster') }),
    spec: z.strictObject({ serviceAccountIssuer: url }),
  }),
  start: { spec: { serviceAccountIssuer: 'https://kubernetes.default.svc' } },
  apply: (config, [file]) => mergeMaps(config, file),
  flags: ({ spec }) => [
    ['service-account-issuer', spec.serviceAccountIssuer],
    ['service-account-key-file', '<of the operator>'],
  ],
};

/** The platforms that have files. */
export const models = {
  kubeadm,
  k3s: rancher('k3s'),
  rke2: rancher('rke2'),
  talos,
  kops,
  openshift,
};

/**
 * Why kube-apiserver does not start with the flags: kubernetes pkg/kubeapiserver/options/authentication.go,
 * Validate.
 */
export function refusalOf(flags: readonly Flag[]): string | undefined {
  const of = (name: string): readonly string[] =>
    flags.flatMap(([flag, value]) => (flag === name ? [value] : []));
  const issuers = of('service-account-issuer');
  if (issuers.length === 0) return 'service-account-issuer is a required flag';
  if (issuers.includes('')) return 'service-account-issuer should not be an empty string';
  if (new Set(issuers).size < issuers.length) return 'service-account-issuer is already specified';
  if (of('service-account-key-file').length === 0) return 'service-account-key-file must be set';
  return undefined;
}
