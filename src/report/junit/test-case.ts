import { clipText } from '../untrusted-text.ts';
import { xmlAttributes, xmlText } from './xml.ts';

/** One line of a test report. */
export interface TestCase {
  /** Groups cases within a suite: `metrics`, `gate`, `audits`. */
  readonly group: string;
  readonly name: string;
  readonly result:
    | { readonly status: 'passed' }
    | { readonly status: 'skipped' | 'failed' | 'errored'; readonly message: string };
  /** What is to be read beside the result. */
  readonly output?: string;
}

/** Viewers show the message in a line and the text in a box; neither is made for megabytes. */
const mostMessage = 2000;
const mostOutput = 20_000;

const elements = { skipped: 'skipped', failed: 'failure', errored: 'error' } as const;

export function testCaseXml({ group, name, result, output }: TestCase, suite: string): string {
  const parts = [
    result.status === 'passed' ? '' : resultXml(result),
    output === undefined || output === '' ? '' : `<system-out>${xmlText(clipText(output, mostOutput))}</system-out>`,
  ].filter(Boolean);
  const attributes = xmlAttributes({
    name: clipText(name, mostMessage),
    classname: clipText(`${suite}.${group}`, mostMessage),
    time: 0,
  });
  if (parts.length === 0) return `    <testcase${attributes}/>`;
  return `    <testcase${attributes}>\n${parts.map((part) => `      ${part}\n`).join('')}    </testcase>`;
}

function resultXml({ status, message }: Exclude<TestCase['result'], { status: 'passed' }>): string {
  const element = elements[status];
  const shown = clipText(message, mostMessage);
  if (status === 'skipped') return `<${element}${xmlAttributes({ message: shown })}/>`;
  return `<${element}${xmlAttributes({ message: shown, type: status })}>${xmlText(shown)}</${element}>`;
}
