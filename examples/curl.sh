#!/bin/sh
# An answer as JSON from `ragqa serve --corpus seeds`.
curl --silent --show-error --fail "${RAGQA_URL:-http://127.0.0.1:8000}/ask" \
  --header "Content-Type: application/json" \
  --data '{"question": "Who founded Scale AI?"}'
