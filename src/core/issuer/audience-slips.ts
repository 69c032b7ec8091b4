// Audiences that are most likely not what was meant. STS compares audiences byte by byte, so a
// quote or a capital letter too many makes a provider that accepts no token of the cluster.

const usual = ['sts.amazonaws.com', 'sts.amazonaws.com.cn', 'openshift', 'aws-iam'];

/** A warning for each audience that has quotes around it, or an unusual spelling of a usual one. */
export function audienceSlips(audiences: readonly string[]): readonly string[] {
  return audiences.flatMap((audience) => {
    const bare = audience.replaceAll(/^["'`]+|["'`]+$/g, '');
    if (bare !== audience) {
      return [
        `audience ${audience} has quotes that belong to it now: tokens for ${bare} do not match; give --audience without quotes`,
      ];
    }
    const meant = usual.find((one) => one === audience.toLowerCase());
    return meant === undefined || meant === audience
      ? []
      : [
          `audience "${audience}" is not "${meant}": AWS compares audiences letter by letter, capitals too`,
        ];
  });
}
