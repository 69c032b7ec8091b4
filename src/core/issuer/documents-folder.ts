// The folder of a web server that serves the documents, as the program sees it. The rotation state
// lies beside it, never in it: it is nothing to serve.

/** A file of the folder. */
export type FolderFile = {
  readonly text: string;
  /** Whether a web server of another user can read it (0644). */
  readonly open: boolean;
};

/** The right to write in the folder, which one run at a time has. */
export type FolderHold = {
  readonly release: () => void;
  /** False once another run has taken it: this one stood still for too long. */
  readonly isHeld: () => boolean;
};

export type DocumentsFolder = {
  /** Absolute, links followed. */
  readonly root: string;
  /** The rotation state, relative to the folder. */
  readonly stateFile: string;
  /** A document, or the state; undefined where there is none. FILE_UNREADABLE where it cannot be read. */
  readonly read: (file: string) => FolderFile | undefined;
  /** Writes a document whole or not at all; makes the folders that are missing. */
  readonly writeDocument: (file: string, text: string) => void;
  /** Writes the state, for its owner alone. */
  readonly writeState: (text: string) => void;
  /** Takes the right to write; undefined while another run has it. */
  readonly tryHold: () => FolderHold | undefined;
  /** Who has that right or asks for it: `process 12 on "host"`. */
  readonly holders: () => string;
};
