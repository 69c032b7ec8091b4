// What the program reads from the AWS configuration files itself: the region and the certificates of a
// profile, and whether a profile exists. The SDK's own loader does the reading; it is loaded only when asked.

import * as path from 'node:path';
import { UsageError } from '../core/errors.ts';

/** Environment variables by name. */
export type Env = { readonly [name: string]: string | undefined };

/**
 * The region where no flag gives one: AWS_REGION, AWS_DEFAULT_REGION, then the profile's own.
 * A profile that does not exist: USAGE.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
 */
export async function findRegion(
  env: Env,
  profile: string | undefined,
): Promise<string | undefined> {
  const fromEnv = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  if (fromEnv) return fromEnv;
  const name = profile ?? (env['AWS_PROFILE'] || undefined);
  if (name !== undefined) await requireProfile(env, name);
  return (await loadProfiles(env)).get(name ?? 'default')?.get('region');
}

/**
 * Fails with USAGE where no file has the profile: the SDK would go on silently and take the
 * credentials of the machine instead.
 */
export async function requireProfile(env: Env, profile: string): Promise<void> {
  const profiles = await loadProfiles(env);
  if (profiles.has(profile)) return;
  const known = [...profiles.keys()].toSorted();
  throw new UsageError(
    [
      {
        field: env['AWS_PROFILE'] === profile ? 'AWS_PROFILE' : '--profile',
        message: `profile "${profile}" is not in the AWS configuration files`,
      },
    ],
    known.length === 0
      ? 'no profiles were found; see "aws configure", AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE'
      : `profiles found: ${known.join(', ')}`,
  );
}

/**
 * The file of certificates to trust for AWS: AWS_CA_BUNDLE, then `ca_bundle` of the profile.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
 */
export async function findCaBundle(
  env: Env,
  profile: string | undefined,
): Promise<string | undefined> {
  const fromEnv = env['AWS_CA_BUNDLE'];
  if (fromEnv) return fromEnv;
  const name = profile ?? (env['AWS_PROFILE'] || 'default');
  return (await loadProfiles(env)).get(name)?.get('ca_bundle') || undefined;
}

type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

async function loadProfiles(env: Env): Promise<Profiles> {
  const { loadSharedConfigFiles } = await import('./config-files.ts');
  const home = env['HOME'];
  const file = (variable: string, name: string): string | undefined =>
    env[variable] || (home ? path.join(home, '.aws', name) : undefined);
  const credentials = file('AWS_SHARED_CREDENTIALS_FILE', 'credentials');
  const config = file('AWS_CONFIG_FILE', 'config');
  const files = await loadSharedConfigFiles({
    ...(credentials === undefined ? {} : { filepath: credentials }),
    ...(config === undefined ? {} : { configFilepath: config }),
  });
  const profiles = new Map<string, Map<string, string>>();
  // Region: the credentials file goes first, as in the SDK's own region chain.
  for (const section of [files.configFile, files.credentialsFile]) {
    for (const [name, values] of Object.entries(section)) {
      // `sso-session.x` and `services.x` are sections of their own kind, not profiles.
      if (/^(?:sso-session|services)\./.test(name)) continue;
      const profile = profiles.get(name) ?? new Map<string, string>();
      for (const [key, value] of Object.entries(values)) {
        if (value !== undefined) profile.set(key, value);
      }
      profiles.set(name, profile);
    }
  }
  return profiles;
}
