declare module '0x' {
  /** The part of 0x 6 that is used here: drawing a `.cpuprofile` that is already there. */
  function zeroX(options: {
    readonly visualizeCpuProfile: string;
    readonly workingDir: string;
    readonly outputHtml: string;
    readonly title: string;
    readonly argv: readonly string[];
  }): Promise<string>;
  export = zeroX;
}
