#!/bin/bash
# Tests the scripts beside it on a real Slurm of this one machine (Debian, as root): installs it, starts it, runs an array of 8
# image parts of which one is killed and requeued, and a training job that is warned, saves and goes on; then stops it.
# Checks that the images are those of one process, and the losses those of an undisturbed run.
#   SYNCLR_PYTHON=/path/to/venv/bin/python paper-repro/cluster/slurm/oneMachine.sh [images|encoder]
set -eu
cd "$(dirname "$0")/../../.."
what=${1:-all}
home=$(mktemp -d /tmp/slurm-XXXXXX)
here=paper-repro/cluster/slurm
command -v slurmctld >/dev/null || apt-get install -y -q slurm-wlm munge

# A node of 8 processors, whatever there is: parts share them. With CPUS=2 two parts run at a time.
mkdir -p "$home"/{state,spool} /run/munge && chown munge: /run/munge
cat > "$home/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$(hostname)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/slurmctld.log
SlurmdLogFile=$home/slurmd.log
ReturnToService=2
KillWait=10
MpiDefault=none
NodeName=$(hostname) CPUs=${CPUS:-8} RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$home/slurm.conf

stop() {
  scancel --state=RUNNING --user=root 2>/dev/null || true
  for daemon in slurmd slurmctld; do
    if [ -f "$home/$daemon.pid" ]; then kill "$(cat "$home/$daemon.pid")" 2>/dev/null || true; fi
  done
  if [ -n "${munge:-}" ]; then kill "$munge" 2>/dev/null || true; fi
}
trap stop EXIT
if ! munge -n >/dev/null 2>&1; then
  setpriv --reuid=munge --regid=munge --clear-groups munged --foreground 2>/dev/null & munge=$!
  until munge -n >/dev/null 2>&1; do sleep 1; done
fi
slurmctld && slurmd
until sinfo -h -o %T | grep -q idle; do sleep 1; done
echo "Slurm $(sinfo --version) is up"

finished() { [ -z "$(squeue -h -j "$1" 2>/dev/null)" ]; }
now() { scontrol update jobid="$1" starttime=now 2>/dev/null || true; } # requeued jobs else wait two minutes
small="--ntasks=1 --cpus-per-task=1 --gpus-per-task=0 --chdir=$PWD --output=$home/%x-%A_%a.log --time=120"
export SYNCLR_THREADS=1

if [ "$what" != encoder ]; then
  export MODEL=${MODEL:-data/models/generator-laptop} CAPTIONS=${CAPTIONS:-$home/captions.jsonl} RUN=$home/run
  export OPTIONS="--shard-captions 2 --images 1 --steps 4 --count 32"
  node --input-type=module -e "
    import { writeCaptionLog } from './lib/dist/captions/log.js';
    const caption = (index) => ({ index, caption: 'an owl on a table, number ' + index, concept: 'owl', source: 'test', examples: [] });
    writeCaptionLog('$CAPTIONS', { config: {}, records: Array.from({ length: 32 }, (_, index) => caption(index)) });"
  job=$(sbatch --parsable --array=0-7 $small $here/images.sbatch)
  # Part 3 is killed the hard way when its first shard is there, and put into the queue again. (`scancel --signal=KILL` would
  # cancel it: a warning, then the end.)
  shards=$RUN/images/shards
  until [ -f "$shards/00003.json" ] || finished "$job"; do sleep 0.1; done
  number=$(squeue -h -j "${job}_3" -o %A)
  kill -KILL $(scontrol listpids "$number" | awk 'NR > 1 && $1 > 0 { print $1 }') || true
  [ -f "$shards/00011.json" ] && { echo "FAILED: part 3 was done before it could be killed"; exit 1; }
  until scontrol requeue "$number" 2>/dev/null; do sleep 0.2; done
  until finished "$job"; do now "$number"; sleep 1; done
  [ -f "$RUN/images/manifest.json" ] || { cat "$home"/images-*.log; echo "FAILED: no manifest"; exit 1; }
  node lib/dist/cli/main.js generate --model "$MODEL" --captions "$CAPTIONS" --guidance 2.5 $OPTIONS --out "$home/alone" >/dev/null
  cmp "$RUN/images/manifest.json" "$home/alone/manifest.json"
  [ "$(grep -c 'runs on' "$home"/images-*_3.log)" = 2 ] || { echo "FAILED: part 3 ran once"; exit 1; }
  grep 'made now' "$home"/images-*_3.log
  echo "images: 8 parts, one killed and requeued; the manifest is that of one process"
fi

if [ "$what" != images ]; then
  export RUN=$home/run TIER=laptop WORKERS=1 SYNCLR_PYTHON=${SYNCLR_PYTHON:-python3}
  # A compilation takes longer than the jobs below: it is kept, and in a hurry.
  export JAX_COMPILATION_CACHE_DIR=$home/compiled JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
  export XLA_FLAGS="--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
  images=${IMAGES:-$home/pictures}
  [ -d "$images" ] || node lib/dist/cli/main.js generate --captions data/captions/emoji-laptop.jsonl.gz --count 32 --steps 2 --out "$images" >/dev/null
  options="--images $images --batch 2 --patch 16 --no-ibot --locals 0 --min-area 0.3 --checkpoint-every 10000"
  # Two tasks of the one node are two hosts, which find each other through Slurm.
  train() { sbatch --parsable --nodes=1 --ntasks-per-node=2 --gpus-per-node=0 --cpus-per-task=1 --chdir="$PWD" \
    --output="$home/$1.log" "${@:2}" $here/encoder.sbatch; }
  alone() { # NAME STEPS: a run that nothing disturbs
    export OPTIONS="$options --steps $2 --out $home/$1"
    job=$(train "$1" --time=600)
    until finished "$job"; do sleep 1; done
    [ -f "$home/$1/encoder.safetensors" ] || { cat "$home/$1.log"; echo "FAILED: no encoder"; exit 1; }
  }
  # As many steps as take longer than until the warning. A few tell how long one takes.
  steps=${STEPS:-} warn=${WARN:-60}
  if [ -z "$steps" ]; then
    alone trial 8
    steps=$(node -p "
      const lines = require('fs').readFileSync('$home/trial/metrics.jsonl', 'utf8').trim().split('\n');
      const [, , , , middle] = lines.map((line) => JSON.parse(line).seconds).sort((a, b) => a - b);
      Math.min(2000, Math.max(20, Math.ceil((1.25 * $warn) / middle)))")
  fi
  alone undisturbed "$steps"
  export OPTIONS="$options --steps $steps"
  # The same in jobs that Slurm warns after WARN seconds, up to half a minute sooner, and ten minutes before their time is up.
  # What queues itself again is started here.
  job=$(train encoder --time=$((warn / 60 + 10)) --signal=TERM@600)
  until finished "$job"; do now "$job"; sleep 1; done
  [ -f "$RUN/encoder/encoder.safetensors" ] || { cat "$home/encoder.log"; echo "FAILED: no encoder"; exit 1; }
  warned=$(grep -c 'stopping' "$home/encoder.log") || { echo "FAILED: it was done before it was warned; set STEPS to more"; exit 1; }
  echo "encoder: tasks heard the warning $warned times; the last job saved, was queued again and is done"
  node -e "
    const read = (run) => require('fs').readFileSync(run + '/metrics.jsonl', 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const [alone, lines] = ['$home/undisturbed', '$RUN/encoder'].map(read);
    if (lines.length !== alone.length || lines.some(({ step }, i) => step !== i)) throw new Error('steps ' + lines.map(({ step }) => step));
    const apart = Math.max(...lines.map(({ loss }, i) => Math.abs(loss / alone[i].loss - 1)));
    console.log('encoder:', lines.length, 'steps, each once; losses are those of an undisturbed run but for', apart);
    if (!(apart < 1e-4)) process.exit(1);"
fi
