/** A share as a percentage for a sentence: two digits below ten per cent, whole numbers above: `0.12 %`, `24 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  const magnitude = Math.abs(percent);
  return `${magnitude !== 0 && magnitude < 9.95 ? Number(percent.toPrecision(2)) : Math.round(percent)} %`;
}

/** A figure with its unit for a sentence, three digits: `20.1 ms`, `1240 req/s`. */
export function figureText(value: number, unit: string): string {
  return `${numberText(value)} ${unit}`;
}

/** A figure before and after with their unit: `2.1 → 20 ms`. */
export function stepText([before, after]: readonly [before: number, after: number], unit?: string): string {
  return `${numberText(before)} → ${numberText(after)}${unit === undefined ? '' : ` ${unit}`}`;
}

function numberText(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** `1 request`, `3 requests`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
