import { setFlagsFromString } from 'node:v8';

// V8 recompiles the hot functions of WebAssembly, and in libpg_query the new code's stack frames are so large that a
// dozen nested calls overflow the stack: a statement would get another fingerprint the later it is seen. The flags
// hold for code that is compiled after them, which libpg-query does when it is imported: this module stands first.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
