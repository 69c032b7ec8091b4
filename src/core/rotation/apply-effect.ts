// Applies an effect to a view: a dry run continues with it without writing, and the explorer of the
// tests uses it as the model of what each effect changes.

import type { Effect, KeyFiles, RotationRequest, View } from './view.ts';

/** The view after the effect, as if no other run had changed anything. */
export function applyToView(view: View, effect: Effect): View {
  switch (effect.kind) {
    case 'write-state':
      return {
        ...view,
        state: effect.state,
        publicKeys: {
          ...view.publicKeys,
          ...Object.fromEntries(
            effect.state.keys.map(({ keyId, publicKey }) => [keyId, publicKey]),
          ),
        },
      };
    case 'publish':
      return { ...view, published: effect.keyIds, mirrored: true };
    case 'await-served':
      return { ...view, served: view.published };
    case 'prove-cut':
    case 'deny-sessions':
      return view;
    default:
      return { ...view, files: applyToFiles(view.files, effect) };
  }
}

/** The request after the effect: what the run has seen by then. */
export function afterEffect(request: RotationRequest, effect: Effect): RotationRequest {
  const shows = effect.kind === 'publish' || effect.kind === 'await-served';
  return shows ? { ...request, awaited: effect.keyIds } : request;
}

/** The folder after an effect on files; other effects leave it. */
export function applyToFiles(files: KeyFiles, effect: Effect): KeyFiles {
  switch (effect.kind) {
    case 'write-private':
      return { ...files, privates: { ...files.privates, [effect.slot]: effect.keyId } };
    case 'remove-private':
      return { ...files, privates: { ...files.privates, [effect.slot]: undefined } };
    case 'write-public':
      return { ...files, publics: { ...files.publics, [effect.slot]: effect.keyId } };
    case 'remove-public':
      return { ...files, publics: { ...files.publics, [effect.slot]: undefined } };
    case 'write-verifiers':
      return { ...files, verifiers: effect.keys.map((key) => key.keyId) };
    case 'write-secret':
      return { ...files, secret: effect.keyId };
    case 'remove-secret':
      return { ...files, secret: undefined };
    default:
      return files;
  }
}
