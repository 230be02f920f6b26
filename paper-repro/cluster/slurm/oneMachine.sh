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

# A node of 8 processors, whatever there is: parts share them.
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
NodeName=$(hostname) CPUs=8 RealMemory=1000 State=UNKNOWN
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
  export OPTIONS="--shard-captions 2 --images 1 --steps 2 --count 32"
  node --input-type=module -e "
    import { writeCaptionLog } from './lib/dist/captions/log.js';
    const caption = (index) => ({ index, caption: 'an owl on a table, number ' + index, concept: 'owl', source: 'test', examples: [] });
    writeCaptionLog('$CAPTIONS', { config: {}, records: Array.from({ length: 32 }, (_, index) => caption(index)) });"
  job=$(sbatch --parsable --array=0-7 $small $here/images.sbatch)
  # Part 3 is killed the hard way when it has begun, and put into the queue again.
  until [ -f "$RUN/images/shards/00003.json" ] || finished "$job"; do sleep 0.2; done
  scancel --signal=KILL --full "${job}_3"
  scontrol requeue "${job}_3" && now "${job}_3"
  until finished "$job"; do now "${job}_3"; sleep 1; done
  [ -f "$RUN/images/manifest.json" ] || { cat "$home"/images-*.log; echo "FAILED: no manifest"; exit 1; }
  node lib/dist/cli/main.js generate --model "$MODEL" --captions "$CAPTIONS" --guidance 2.5 $OPTIONS --out "$home/alone" >/dev/null
  cmp "$RUN/images/manifest.json" "$home/alone/manifest.json"
  grep -c . "$home"/images-*_3.log >/dev/null
  echo "images: 8 parts, one killed and requeued; the manifest is that of one process"
fi

if [ "$what" != images ]; then
  export RUN=$home/run TIER=laptop WORKERS=1
  export SYNCLR_PYTHON=${SYNCLR_PYTHON:-python3}
  images=${IMAGES:-$home/pictures}
  [ -d "$images" ] || node lib/dist/cli/main.js generate --captions data/captions/emoji-laptop.jsonl.gz --count 64 --steps 2 --out "$images" >/dev/null
  export OPTIONS="--images $images --batch 8 --steps ${STEPS:-12} --checkpoint-every 1000 --min-area 0.3 ${TRAIN:-}"
  job=$(sbatch --parsable --nodes=1 --ntasks-per-node=1 --gpus-per-node=0 --cpus-per-task=1 --chdir="$PWD" \
    --output="$home/encoder.log" --time=600 $here/encoder.sbatch)
  # The warning comes by hand, since a time limit is at least a minute: Slurm sends the same signal to the same processes.
  metrics=$RUN/encoder/metrics.jsonl
  until [ "$(cat "$metrics" 2>/dev/null | wc -l)" -ge 4 ] || finished "$job"; do sleep 0.2; done
  scancel --signal=TERM "$job"
  until squeue -h -j "$job" -o %T | grep -q PENDING || finished "$job"; do sleep 1; done
  ls "$RUN"/encoder/checkpoint-*.safetensors
  now "$job"
  until finished "$job"; do now "$job"; sleep 1; done
  [ -f "$RUN/encoder/encoder.safetensors" ] || { cat "$home/encoder.log"; echo "FAILED: no encoder"; exit 1; }
  grep -q stopping "$home/encoder.log"
  node -e "
    const lines = require('fs').readFileSync('$metrics', 'utf8').trim().split('\n').map((line) => JSON.parse(line).step);
    if (lines.join() !== lines.map((_, i) => i).join()) throw new Error('steps ' + lines);
    console.log('encoder: warned, saved, requeued and done:', lines.length, 'steps, each once');"
fi
