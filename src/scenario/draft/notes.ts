/** Something of the source that the draft does without. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** A variable of the environment that stands in the draft in place of a secret. */
export interface DraftVariable {
  readonly name: string;
  readonly standsFor: string;
}

/** What the user must know of a draft that the draft itself does not tell. */
export interface Notes {
  leaveOut(what: string, why: string): void;
  remark(text: string): void;
  readonly leftOut: readonly LeftOut[];
  /** Without repeats. */
  readonly remarks: readonly string[];
}

export function createNotes(): Notes {
  const leftOut: LeftOut[] = [];
  const remarks: string[] = [];
  return {
    leftOut,
    remarks,
    leaveOut: (what, why) => void leftOut.push({ what, why }),
    remark(text) {
      if (!remarks.includes(text)) remarks.push(text);
    },
  };
}
