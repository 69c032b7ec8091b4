// Finds audiences that are probably misspelt. STS compares audiences byte by byte: with an extra
// quote or capital letter, the provider accepts no token of the cluster.

const usual = ['sts.amazonaws.com', 'sts.amazonaws.com.cn', 'openshift', 'aws-iam'];

/** A warning for each audience that has quotes around it, or an unusual spelling of a usual one. */
export function audienceSlips(audiences: readonly string[]): readonly string[] {
  return audiences.flatMap((audience) => {
    const bare = audience.replaceAll(/^["'`]+|["'`]+$/g, '');
    if (bare !== audience) {
      return [
        `audience ${audience} includes its quotes: tokens for ${bare} do not match; give --audience without quotes`,
      ];
    }
    const meant = usual.find((one) => one === audience.toLowerCase());
    return meant === undefined || meant === audience
      ? []
      : [`audience "${audience}" is not "${meant}": AWS compares audiences case-sensitively`];
  });
}
