-- wrk prints rounded quantiles and no p95; this prints them in microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "figures %d %d %d %d %d\n",
    summary.requests, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
