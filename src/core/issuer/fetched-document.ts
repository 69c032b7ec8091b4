// The result of a GET on an issuer's host; `local` fetches it, workflows check it.

/** An answer (the body is capped at 1 MiB), or why there was none. */
export type FetchedDocument =
  | {
      readonly ok: true;
      readonly status: number;
      readonly body: string;
      /** Names in lower case. */
      readonly headers: { readonly [name: string]: string };
    }
  | { readonly ok: false; readonly reason: string; readonly tooLarge?: boolean };
