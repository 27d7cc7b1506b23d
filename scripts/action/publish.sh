#!/usr/bin/env bash
# Shows the run: in the step summary, as annotations, and as JUnit beside the run.
set -u
status=0
npx chokepoint report "${RUN_FOLDER:?}" --format markdown --output "$RUN_FOLDER/report.md" || status=$?
npx chokepoint report "$RUN_FOLDER" --format junit --output "$RUN_FOLDER/junit.xml" || status=$?
npx chokepoint report "$RUN_FOLDER" --format github || status=$?
if [ -f "$RUN_FOLDER/report.md" ]; then cat "$RUN_FOLDER/report.md" >>"${GITHUB_STEP_SUMMARY:?}"; fi
exit "$status"
