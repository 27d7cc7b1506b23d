#!/usr/bin/env bash
# Keeps one comment on the pull request: found by the marker in its first line, and replaced.
set -u
pull="$(jq -r '.pull_request.number // empty' "${GITHUB_EVENT_PATH:?}")"
if [ -z "$pull" ]; then
  echo 'no pull request: no comment'
  exit 0
fi
report="${RUN_FOLDER:?}/report.md"
marker="$(head -n 1 "$report")"
export marker
repository="repos/${GITHUB_REPOSITORY:?}/issues"

# Anybody can write the marker; a comment that is not ours to change is answered by one of our own.
found="$(gh api --paginate "$repository/$pull/comments" \
  --jq '.[] | select(.body | startswith(env.marker)) | .id')" || found=''
for id in $found; do
  if gh api --method PATCH "$repository/comments/$id" --field "body=@$report" --silent; then exit 0; fi
done
if ! gh api --method POST "$repository/$pull/comments" --field "body=@$report" --silent; then
  # A pull request from a fork has no right to comment. That is no reason for its build to fail.
  echo '::warning title=chokepoint::the report could not be written as a comment; it is in the step summary'
fi
