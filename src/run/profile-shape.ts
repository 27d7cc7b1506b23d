import type { FlowProfile, Frame, ProfileArtifact, StackProfile } from '../model/profile.ts';
import { keys, listOf, number, oneOf, optional, type Shape, ShapeError, shapeOf, text } from './shape.ts';

/** A place in the code of the service. */
export const frame: Shape = keys<Frame>({
  name: text,
  file: text,
  line: optional(number),
  column: optional(number),
  kind: oneOf('user', 'dependency', 'runtime', 'gc'),
});

const columns = keys<StackProfile>({
  frames: listOf(frame),
  parent: listOf(number),
  frame: listOf(number),
  selfUs: listOf(number),
  totalUs: number,
});

/** Whoever walks up from a node must arrive at a root. */
const stacks = shapeOf((value, path) => {
  columns(value, path);
  const node = (value as StackProfile).parent.findIndex((parent, index) => parent >= index);
  if (node >= 0) throw new ShapeError(`${path}.parent.${node} must be a node before it`);
}, columns.describe);

export const profileShape = keys<ProfileArtifact>({
  runtime: text,
  flows: listOf(
    keys<FlowProfile>({
      flow: text,
      endpoints: listOf(text),
      requests: number,
      windowMs: number,
      samplingUs: number,
      profile: stacks,
    }),
  ),
});
