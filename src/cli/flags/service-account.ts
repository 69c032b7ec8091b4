// A service account as flags name it: `<namespace>/<name>`, as tokens and trust policies can hold it.

import {
  maxSubjectLength,
  namespaceProblem,
  objectNameProblem,
  serviceAccountSubject,
} from '../../core/requests/kubernetes-names.ts';
import type { ObjectName } from '../../core/requests/role-request.ts';
import { addIssue, type Reading } from './flags.ts';

/** The service account of one value of a flag; what is wrong with it is an issue. */
export function readServiceAccount(
  reading: Reading,
  { flag, text }: { readonly flag: string; readonly text: string },
): ObjectName {
  const [namespace = '', name, ...more] = text.split('/');
  const problem =
    name === undefined || more.length > 0
      ? 'is not <namespace>/<name>'
      : (prefixed('namespace', namespaceProblem(namespace)) ??
        prefixed('name', objectNameProblem(name)) ??
        lengthProblem(namespace, name));
  if (problem !== undefined) addIssue(reading, { flag, message: `"${text}" ${problem}` });
  return { namespace, name: name ?? '' };
}

function prefixed(part: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `has a ${part} that is none: it ${problem}`;
}

function lengthProblem(namespace: string, name: string): string | undefined {
  return serviceAccountSubject(namespace, name).length > maxSubjectLength
    ? `is too long: "system:serviceaccount:<namespace>:<name>" has at most ${maxSubjectLength} characters`
    : undefined;
}
