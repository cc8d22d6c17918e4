#!/bin/sh
# Make both models that ship, from the public data and training/data/. Interrupted, the same command goes on.
#
#     sh training/make.sh FOLDER      # FOLDER holds squadshifts/*.json.gz and policyqa/dev.json.gz
#
# PYTHON names the interpreter of an environment with the "training" extra. Everything goes to training/runs/.
set -eu
cd "$(dirname "$0")/.."
data=${1:?folder with squadshifts/ and policyqa/}
python=${PYTHON:-python}
runs=training/runs

# once OUTPUT COMMAND...: unless the output is there
once() {
    output=$1
    shift
    [ -e "$output" ] || "$@"
}

once $runs/shifts.jsonl "$python" training/data.py --own --squad "$data"/squadshifts/*.json.gz --out $runs/shifts.jsonl
once $runs/policy.jsonl "$python" training/data.py --own --squad "$data"/policyqa/dev.json.gz --out $runs/policy.jsonl
once $runs/own.jsonl "$python" training/data.py --out $runs/own.jsonl
once $runs/asked.jsonl "$python" training/data.py --asked training/data/asked/*[a-z].jsonl --own \
    --squad "$data"/squadshifts/*.json.gz --out $runs/asked.jsonl
once $runs/asked2.jsonl "$python" training/data.py --asked training/data/asked/*_2.jsonl --own \
    --squad "$data"/squadshifts/*.json.gz --out $runs/asked2.jsonl

# round NAME BASE OPTIONS...
round() {
    name=$1 base=$2
    shift 2
    once $runs/"$name"/model.safetensors "$python" training/train_reader.py --out $runs/"$name" ${base:+--base "$base"} \
        --epochs 1 "$@"
}

round recipe1 "" --examples $runs/shifts.jsonl --rate 1.5e-4 --negatives 0.33 --seed 1
round recipe2 $runs/recipe1 --examples $runs/shifts.jsonl --rate 1.2e-4 --negatives 0.33 --seed 2
round shared $runs/recipe2 --examples $runs/shifts.jsonl=0.2 $runs/policy.jsonl=0.2 $runs/own.jsonl=0.4 \
    --rate 1e-4 --negatives 0.5 --shared 1 --seed 3
round final $runs/shared --examples $runs/shifts.jsonl=0.5 $runs/policy.jsonl=0.5 $runs/own.jsonl \
    --rate 1.3e-4 --negatives 0.4 --shared 1 --seed 5

round int8 $runs/final --examples $runs/shifts.jsonl=0.2 $runs/policy.jsonl=0.2 $runs/own.jsonl=0.12 \
    --rate 7e-5 --negatives 0.4 --shared 1 --int8 --seed 7

once $runs/average "$python" training/average.py $runs/final $runs/int8 --out $runs/average
round asked $runs/average --examples $runs/asked.jsonl $runs/shifts.jsonl=0.25 $runs/policy.jsonl=0.2 $runs/own.jsonl=0.08 \
    --rate 1e-4 --negatives 0.3 --shared 1 --seed 11
once $runs/asked-average "$python" training/average.py $runs/average $runs/asked --out $runs/asked-average
round mixed $runs/asked-average --examples $runs/own.jsonl=0.28 $runs/asked.jsonl=0.15 $runs/asked2.jsonl=0.4 \
    $runs/shifts.jsonl=0.08 $runs/policy.jsonl=0.08 --rate 1e-4 --negatives 0.3 --shared 1 --seed 21
once $runs/mixed-average "$python" training/average.py $runs/asked-average $runs/mixed --out $runs/mixed-average

once $runs/embedding/blend-0.6 "$python" training/train_embedding.py --out $runs/embedding --int8 \
    --examples $runs/shifts.jsonl $runs/own.jsonl $runs/policy.jsonl --sample 6000 --rate 3e-5 --window 224 --blend 0.6 1

"$python" training/export.py embedding --model $runs/embedding/blend-0.6
"$python" training/export.py reader --model $runs/mixed-average
"$python" training/calibrate.py --examples $runs/shifts.jsonl $runs/policy.jsonl $runs/own.jsonl
