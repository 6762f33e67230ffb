#!/usr/bin/env bash
# Counts the instructions of each kernel (benches/kernels.rs), per packet, exchange or byte. They are the same in every run of one build, so that a
# change of the hot path shows where a clock sees only noise. Needs valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=$(cargo bench --locked --bench kernels --no-run --message-format json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*kernels[^"]*\)".*/\1/p' | tail -1)

# The instructions of the kernel $1 in $2 rounds, and what it did.
count() {
    local log
    log=$(mktemp)
    did=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" "$program" "$1" "$2")
    instructions=$(sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p' "$log")
    rm -f "$log"
}

for kernel in decode reassembly heads xml analysis; do
    # What the program does besides is the same for any number of rounds.
    count "$kernel" 1
    before=$instructions
    count "$kernel" 3
    rounds=$((instructions - before))
    units=$((${did%% *} * 2 / 3))
    awk -v kernel="$kernel" -v rounds="$rounds" -v units="$units" -v unit="${did##* }" \
        'BEGIN { printf "%-12s %10.1f instructions per %s\n", kernel, rounds / units, unit }'
done
