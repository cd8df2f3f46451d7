#!/bin/sh
# route-fix's ADD beside upstream sbr's, turn by turn on the same machine. Needs root and `npm run test:setup`.
# Usage: bench/cni-routefix.sh [rounds]
set -eu
cd "$(dirname "$0")/../cni"
exec go test -run '^$' -bench '^BenchmarkAdd$' -benchtime "${1:-100}x" ./internal/routefix
