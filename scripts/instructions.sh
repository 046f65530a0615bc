#!/usr/bin/env bash
# Counts instructions a change, by function, with callgrind: repeatable where seconds are not.
#
#   scripts/instructions.sh PROGRAM SCENARIO [SMALL LARGE]
#
# SCENARIO is a built-in one of 'swiftkv-sim bench'. It is simulated with SMALL and with LARGE requests, and the difference is divided by
# the difference of changes, so that start-up and the filling of most tables cancel. Prints a table in Markdown.
set -euo pipefail

program=${1:?program}
scenario=${2:?scenario}
small=${3:-10000}
large=${4:-30000}
functions=${FUNCTIONS:-16}

for tool in valgrind callgrind_annotate objcopy awk; do
  command -v "$tool" > /dev/null || { echo "$0: $tool is needed" >&2; exit 1; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Valgrind cannot read every compiler's debugging information; names of functions are not part of it.
objcopy --strip-debug "$program" "$folder/program"

# Prints the number of changes; leaves instructions by function in $folder/$1.tsv.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/$1.out" \
    "$folder/program" bench --once --only "$scenario" --requests "$1" > "$folder/$1.json" 2> "$folder/$1.log" \
    || { cat "$folder/$1.log" >&2; exit 1; }
  # "1,234 (5.6%)  file:function [object]": the function has colons of its own only where it is demangled, which it is not yet.
  callgrind_annotate --threshold=100 --auto=no "$folder/$1.out" 2> /dev/null | awk '
    /^ *[0-9][0-9,]* *(\(|PROGRAM)/ {
      n = $1; gsub(/,/, "", n)
      if ($0 ~ /PROGRAM TOTALS/) { print n "\tall"; next }
      name = $0
      sub(/^ *[0-9,]+ *\([^)]*\) */, "", name)
      sub(/ \[[^]]*\]$/, "", name)
      sub(/^[^:]*:/, "", name)
      sub(/'\''[0-9]+$/, "", name)
      sum[name] += n
    }
    END { for (name in sum) print sum[name] "\t" name }' > "$folder/$1.tsv"
  sed -n 's/.*"changes":\([0-9]*\).*/\1/p' "$folder/$1.json"
}

few=$(count "$small")
many=$(count "$large")
demangle=(cat)
if command -v swift > /dev/null; then demangle=(swift demangle --simplified); fi

echo "Instructions a change in '$scenario', $large requests less $small: $((many - few)) changes, by callgrind."
echo
echo "| instructions | share | function |"
echo "| ---: | ---: | --- |"
awk -F '\t' -v changes=$((many - few)) '
  FNR == NR { before[$2] = $1; next }
  { d = $1 - before[$2]; if ($2 == "all") total = d; else if (d > 0) more[$2] = d }
  END {
    printf "%.1f\t100.0\tall\n", total / changes
    for (name in more) printf "%.1f\t%.1f\t%s\n", more[name] / changes, 100 * more[name] / total, name
  }' "$folder/$small.tsv" "$folder/$large.tsv" \
  | sort -t $'\t' -k1,1gr | awk -v most=$((functions + 1)) 'NR <= most' | "${demangle[@]}" \
  | awk -F '\t' '{ gsub(/\|/, "\\|", $3); name = length($3) > 110 ? substr($3, 1, 107) "..." : $3
      printf "| %s | %s %% | %s |\n", $1, $2, $3 == "all" ? "all" : "`" name "`" }'
