#!/usr/bin/env bash
# A Slurm cluster on this machine alone, for tests: one controller and two nodes of one core each, all processes of this host.
#
#   scripts/slurm-test-cluster.sh start DIR   prints the environment to use:  export SLURM_CONF=DIR/slurm.conf
#   scripts/slurm-test-cluster.sh kill-node DIR NAME   a node dies, with everything that runs on it
#   scripts/slurm-test-cluster.sh start-node DIR NAME
#   scripts/slurm-test-cluster.sh stop DIR
#
# Needs root and Debian's slurmctld, slurmd, slurm-client and munge.
set -euo pipefail
usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf
nodes=(node1 node2)

write_configuration() {
  local memory

  memory=$(awk '/MemTotal/ { print int($2 / 1024 / 2) }' /proc/meminfo)
  cat > "$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=16817
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=5
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait=2
MinJobAge=300
NodeName=node1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=16821 CPUs=1 RealMemory=$memory State=UNKNOWN
NodeName=node2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=16822 CPUs=1 RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
CONF
}

case $command in
start)
  mkdir -p "$dir"/{state,spool/node1,spool/node2,log,run}
  write_configuration
  dd if=/dev/urandom of="$dir/munge.key" bs=128 count=1 status=none
  chmod 600 "$dir/munge.key"
  munged --force --key-file="$dir/munge.key" --socket="$dir/run/munge.socket" --pid-file="$dir/run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/run/munged.seed"
  slurmctld -c
  for node in "${nodes[@]}"; do slurmd -c -N "$node"; done
  for _ in $(seq 150); do
    idle=$(sinfo -h -o %D -t idle 2> /dev/null || true)
    [ "$idle" = 2 ] && break
    sleep 0.1
  done
  [ "$idle" = 2 ] || { echo "the nodes did not come up:" >&2; tail -n 5 "$dir"/log/*.log >&2; exit 1; }
  echo "export SLURM_CONF=$SLURM_CONF"
  ;;
kill-node)
  kill -9 "$(cat "$dir/run/slurmd-$3.pid")"
  # Everything that the node runs goes with it: its steps, and what they started.
  for process in /proc/[0-9]*; do
    if { tr '\0' '\n' < "$process/environ"; } 2> /dev/null | grep -qx "SLURMD_NODENAME=$3" \
      || { tr '\0' ' ' < "$process/cmdline"; } 2> /dev/null | grep -q "^slurmstepd:.*\|^slurmstepd .*$3"; then
      kill -9 "${process#/proc/}" 2> /dev/null || true
    fi
  done
  ;;
start-node) slurmd -N "$3" ;;
stop)
  for pid in "$dir"/run/{slurmd-node1,slurmd-node2,slurmctld,munged}.pid; do
    if [ -f "$pid" ]; then kill "$(cat "$pid")" 2> /dev/null || true; fi
  done
  ;;
*) usage ;;
esac
