import type { EndpointRound, LoadRound, RequestCounts, SecondCounts } from '../model/load.ts';

/** What does not add up in the counts of a round, a line each; none where all is well. */
export function contradictions(round: LoadRound): readonly string[] {
  return Object.entries(round.endpoints).flatMap(([name, endpoint]) => {
    const seconds = round.seconds.flatMap(({ endpoints }) => endpoints[name] ?? []);
    return [...ofCounts(endpoint), ...ofHistograms(endpoint), ...ofSeconds(endpoint, seconds)].map(
      (line) => `${name}: ${line}`,
    );
  });
}

function ofCounts(counts: RequestCounts): readonly string[] {
  const { due, sent, unsent, answered, failed, timedOut, lost } = counts;
  return [
    ...unless(due === sent + unsent, `${due} due are not ${sent} sent and ${unsent} unsent`),
    ...unless(sent === answered + timedOut + lost, `${sent} sent are not ${answered} + ${timedOut} + ${lost}`),
    ...unless(failed <= answered, `of ${answered} answered ${failed} failed`),
  ];
}

function ofHistograms(endpoint: EndpointRound): readonly string[] {
  const { answered, failed, timedOut, lost, unsent, statuses, failures, troubles, responseTime, serviceTime } =
    endpoint;
  const waited = troubles['no connection was free'] ?? 0;
  return [
    ...unless(sum(statuses) === answered, `${sum(statuses)} statuses of ${answered} answered`),
    ...unless(sum(failures) === failed, `${sum(failures)} failures of ${failed} failed`),
    ...unless(sum(troubles) === lost + unsent, `${sum(troubles)} troubles of ${lost} lost and ${unsent} unsent`),
    ...unless(
      responseTime.count === answered + timedOut + waited,
      `${responseTime.count} response times of ${answered} + ${timedOut} + ${waited}`,
    ),
    ...unless(
      serviceTime.count === answered + timedOut,
      `${serviceTime.count} service times of ${answered} + ${timedOut}`,
    ),
    ...unless(serviceTime.sumUs <= responseTime.sumUs, 'more service time than response time'),
  ];
}

function ofSeconds(endpoint: EndpointRound, seconds: readonly SecondCounts[]): readonly string[] {
  const { answered, failed, timedOut, lost, unsent, responseTime } = endpoint;
  const total = (of: (second: SecondCounts) => number) => seconds.reduce((before, second) => before + of(second), 0);
  return [
    ...unless(total((second) => second.answered) === answered, 'the seconds do not hold what was answered'),
    ...unless(
      total((second) => second.unsuccessful) === failed + timedOut + lost + unsent,
      'the seconds do not hold what was unsuccessful',
    ),
    ...unless(
      total((second) => second.responseTime.count) === responseTime.count,
      'the seconds do not hold the response times',
    ),
  ];
}

function unless(holds: boolean, line: string): readonly string[] {
  return holds ? [] : [line];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((before, count) => before + count, 0);
}
