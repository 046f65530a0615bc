#!/usr/bin/env bash
# Sweeps on a real Slurm cluster, which runs on this machine alone, and what may go wrong there: a task killed, a node gone, the
# submitting process interrupted and killed. Each time the sweep must end with the same table as a local one, byte for byte.
#
#   scripts/check-slurm.sh [--measure] PROGRAM     with --measure: how much longer than locally
#
# Needs root and Debian's slurmctld, slurmd, slurm-client and munge; 'make slurm-check' installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
measure=
if [ "${1:-}" = --measure ]; then measure=1; shift; fi
[ $# = 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
program=$(realpath "$1")
here=$PWD
work=$(mktemp -d)
cluster() { "$here/scripts/slurm-test-cluster.sh" "$@"; }
trap 'cluster stop "$work/cluster" || true; sleep 1; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
cd "$work"
if ! environment=$(cluster start "$work/cluster" 2> "$work/start.txt"); then
  cat "$work/start.txt" >&2
  echo "skipped: no Slurm cluster can be started on this machine"
  exit
fi
eval "$environment"

cp "$here/scenarios/rag.yaml" .
cat > sweep.yaml <<'YAML'
name: cluster
scenario: rag.yaml
replications: 4
axes:
  variant: [baseline, swiftkv-50]
  workload.arrivals.request_rate: {from: 1, to: 3, steps: 8}
  engine.max_num_seqs: [64, 256]
YAML
run() { (start "$@"); }
# In the place of this shell: in the background, a signal to its process then reaches the program.
start() {
  exec "$program" sweep sweep.yaml --set "workload.num_requests=$requests" --csv "$1.csv" --db "$1.sqlite" "${@:2}"
}
slurm=(--executor slurm --shards 4)
simulations=128

seconds() { date +%s.%N; }
if [ -n "$measure" ]; then
  requests=${REQUESTS:-500000}
  begin=$(seconds); run local --quiet; middle=$(seconds); run shards --quiet "${slurm[@]}"; end=$(seconds)
  awk -v a="$begin" -v b="$middle" -v c="$end" \
    'BEGIN { printf "local %.1f s, 4 shards on Slurm %.1f s: %+.1f %%\n", b - a, c - b, ((c - b) / (b - a) - 1) * 100 }'
  cmp local.csv shards.csv
  exit
fi

requests=${REQUESTS:-40000}
run local --quiet
# The sweep is whole, equals the local one, and no simulation has two results.
check() {
  cmp local.csv "$1.csv" || fail "$1: another table than locally"
  [ "$(sqlite3 "$1.sqlite" 'SELECT count(*) || " " || count(DISTINCT key) FROM sweep_results')" = "$simulations $simulations" ] \
    || fail "$1: not one result a simulation"
  echo "ok: $1"
}
# Waits until a file holds a number of at least 1: the task has stored something.
started() { for _ in $(seq 300); do grep -qs '[1-9]' $1 && return; sleep 0.1; done; fail "no task began"; }
task() { pgrep -f -- "--shard $1/4" | head -1; }

run plain "${slurm[@]}" --slurm-folder plain.d --quiet
check plain

echo "a task is killed"
start killed "${slurm[@]}" --slurm-folder killed.d > killed.txt 2>&1 & pid=$!
started 'killed.d/*/1/share-1.count'
sleep 1
kill -9 "$(task 1)"
wait $pid || fail "status $?"
grep -q 'ended with .* missing' killed.txt || fail "the killed task was not seen"
grep -q 'with share 1 of 4' killed.txt || fail "its share was not submitted again"
check killed

echo "a node dies"
start node "${slurm[@]}" --slurm-folder node.d > node.txt 2>&1 & pid=$!
started 'node.d/*/1/share-2.count'
cluster kill-node "$work/cluster" node2
wait $pid || fail "status $?"
grep -q 'ended with .* missing' node.txt || fail "the dead node was not seen"
check node
cluster start-node "$work/cluster" node2

echo "the submitting process is interrupted"
start interrupted "${slurm[@]}" --slurm-folder interrupted.d > interrupted.txt 2>&1 & pid=$!
started 'interrupted.d/*/1/share-1.count'
sleep 1
kill -INT $pid
status=0; wait $pid || status=$?
[ $status = 130 ] || fail "status $status where 130 was expected"
[ -z "$(squeue --noheader)" ] || fail "jobs are left"
kept=$(sqlite3 interrupted.sqlite 'SELECT count(*) FROM sweep_results')
[ "$kept" -gt 0 ] || fail "nothing was kept"
run interrupted "${slurm[@]}" --slurm-folder interrupted.d --quiet
check interrupted

echo "the submitting process is killed, and another one finds its job"
start taken "${slurm[@]}" --slurm-folder taken.d > /dev/null 2>&1 & pid=$!
started 'taken.d/*/1/share-1.count'
kill -9 $pid
wait $pid 2> /dev/null || true
run taken "${slurm[@]}" --slurm-folder taken.d > taken.txt 2>&1
grep -q 'under way; waiting' taken.txt || fail "the job was not found"
[ "$(ls taken.d/*/ | wc -l)" = 1 ] || fail "it was submitted twice"
check taken

echo "there is no Slurm"
status=0; PATH=/usr/sbin "$program" sweep sweep.yaml --db none.sqlite "${slurm[@]}" --quiet > none.txt 2>&1 || status=$?
[ $status = 1 ] && grep -q "was not found" none.txt || fail "status $status: $(cat none.txt)"
echo "all ok"
