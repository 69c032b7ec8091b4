// What `oidc-bootstrap help <topic>` shows: the reference behind the pages of the commands. The texts are
// wrapped by hand at 80 columns, so that they read the same in a terminal and in a file.

/** The topics, and what each is about. */
export const topics = {
  output: 'streams, the JSON document, exit codes, dry runs',
  hosting: 'where documents are served: domains, shared hosting, web servers',
  roles: 'names, trust, audiences, managed policies, a second issuer',
  rotation: 'evidence, waits, a stolen key, special cases of a rotation',
  environment: 'variables, retries, proxies, emulators',
} as const;

export type Topic = keyof typeof topics;

/** The topic of that name, or undefined. */
export function topicNamed(word: unknown): Topic | undefined {
  return (Object.keys(topics) as Topic[]).find((topic) => topic === word);
}

/** The text of a topic, without a final newline. */
export async function topicText(topic: Topic): Promise<string> {
  switch (topic) {
    case 'output':
      return (await import('./output.ts')).outputText;
    case 'hosting':
      return (await import('./hosting.ts')).hostingText;
    case 'roles':
      return (await import('./roles.ts')).rolesText;
    case 'rotation':
      return (await import('./rotation.ts')).rotationText;
    case 'environment':
      return (await import('./environment.ts')).environmentText;
  }
}
