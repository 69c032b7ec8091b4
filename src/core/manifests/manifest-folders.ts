// The folders of the output folder that hold manifests.

/** Installers take the first one whole. */
export const manifestFolders = ['manifests', 'serviceaccounts', 'pods', 'aws-config'] as const;

export type ManifestFolder = (typeof manifestFolders)[number];
