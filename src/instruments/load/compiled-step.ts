import type { RequestStep, Step, ThinkStep } from '../../model/flow.ts';
import { type TemplateValues, templateNames } from '../../model/template.ts';
import { compileRequest, type RenderedRequest, type RequestTarget, serializeRequest } from './request.ts';
import { compileResponseRule, type ResponseRule } from './response-rule.ts';

/** A step with its templates, paths and patterns compiled, for one service. */
export type CompiledStep = ThinkStep | CompiledRequest;

export interface CompiledRequest {
  readonly kind: 'request';
  readonly step: RequestStep;
  readonly timeoutMs: number;
  readonly rule: ResponseRule;
  /** Without `{{ name }}` in the step every rendering is the same object. */
  render(values: TemplateValues): RenderedRequest;
  /** The request on the wire, with the value of its `cookie` header. */
  serialize(rendered: RenderedRequest, cookies: string | undefined): Buffer;
}

export interface StepTarget extends RequestTarget {
  /** For steps that have none of their own. */
  readonly timeoutMs: number;
}

export function compileStep(step: Step, target: StepTarget): CompiledStep {
  return step.kind === 'think' ? step : compileRequestStep(step, target);
}

export function compileRequestStep(step: RequestStep, target: StepTarget): CompiledRequest {
  let last: { readonly rendered: RenderedRequest; readonly bytes: Buffer } | undefined;
  return {
    kind: 'request',
    step,
    timeoutMs: step.timeoutMs ?? target.timeoutMs,
    rule: compileResponseRule(step),
    render: compileRequest(step, target),
    serialize(rendered, cookies) {
      if (cookies !== undefined) return serializeRequest(rendered, cookies);
      if (last?.rendered !== rendered) last = { rendered, bytes: serializeRequest(rendered) };
      return last.bytes;
    },
  };
}

/** The names in `{{ name }}` that a step uses, with repeats. */
export function namesOfStep(step: Step): readonly string[] {
  // Every text of a step may hold one, whatever key it stands under.
  return step.kind === 'think' ? [] : templateNames(JSON.stringify(step));
}
