// The environment variable of each flag.

/** `OIDC_BOOTSTRAP_OUTPUT_DIR` for `output-dir`. */
export function environmentName(kebabFlag: string): string {
  return `OIDC_BOOTSTRAP_${kebabFlag.replaceAll('-', '_').toUpperCase()}`;
}
