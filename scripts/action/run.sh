#!/usr/bin/env bash
# Runs the scenario; tells the later steps the folder of the run and the exit code, and never fails itself.
set -u
kept="$(mktemp -d "${RUNNER_TEMP:?}/chokepoint.XXXXXX")"
arguments=()
if [ -n "${INPUT_ARGS:-}" ]; then read -r -d '' -a arguments <<<"$INPUT_ARGS"$'\n' || true; fi
if [ -n "${INPUT_BEFORE:-}" ]; then arguments+=(--before "$INPUT_BEFORE"); fi
if [ -n "${INPUT_AFTER:-}" ]; then arguments+=(--after "$INPUT_AFTER"); fi

code=0
npx chokepoint run "${INPUT_SCENARIO:?}" --out "$kept" ${arguments[@]+"${arguments[@]}"} || code=$?

folder=''
for each in "$kept"/*/; do
  if [ -f "$each/run.json" ]; then folder="${each%/}"; fi
done
name="chokepoint-$(printf '%s' "$INPUT_SCENARIO" | tr -c 'A-Za-z0-9._\n-' '-')"
{
  printf 'exit-code=%s\n' "$code"
  printf 'folder=%s\n' "$folder"
  printf 'artifact=%s\n' "$name"
} >>"${GITHUB_OUTPUT:?}"
