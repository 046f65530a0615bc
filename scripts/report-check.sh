#!/usr/bin/env bash
# Makes a report and one of a scenario whose names try to be more than text, and looks at both in a browser: see report-check.py.
# Usage: report-check.sh PROGRAM FOLDER
set -euo pipefail
program=$1 folder=$2
here=$(dirname "$0")
mkdir -p "$folder"

find_browser() { python3 -c "import sys; sys.path.insert(0, '$here'); import browser; sys.exit(browser.find() is None)"; }
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
if ! find_browser; then
  echo "installing: chromium-headless-shell"
  { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core; } > /dev/null 2>&1 || true
fi
if ! find_browser; then
  echo "skipped: there is no Chromium here and none can be installed; the report was not looked at"
  exit 0
fi

# axe-core has rules of its own for accessibility. Python packages carry it; without one the other checks are made all the same.
axe=$folder/axe.min.js
if [ ! -s "$axe" ]; then
  python3 -m pip download -q --no-deps --disable-pip-version-check -d "$folder" axe-playwright-python==0.1.8 > /dev/null 2>&1 \
    && unzip -qjo "$folder"/axe_playwright_python-*.whl '*/axe.min.js' -d "$folder" || echo "no axe-core: its rules are not checked"
fi

export SOURCE_DATE_EPOCH=1767225600
"$program" report "$here/../scenarios/rag.yaml" --variant baseline,swiftkv-50,swiftkv-50-across2 --target-rate 20 \
  --output "$folder/rag.html" --quiet
cat > "$folder/hostile.yaml" <<'YAML'
name: "<script>window.pwned=1'\"><img src=x onerror=window.pwned=1> &lt;b>"
model: meta-llama/Llama-3.1-8B-Instruct
hardware: {gpu: H100-SXM-80GB}
workload:
  # --></code></pre><script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">
  num_requests: 100
  arrivals: {process: poisson, request_rate: 2}
  prompt_tokens: 4000
  output_tokens: 16
objective: {ttft_p90: 1 s}
YAML
"$program" report "$folder/hostile.yaml" --output "$folder/hostile.html" --quiet
python3 "$here/report-check.py" "$folder/rag.html" --hostile "$folder/hostile.html" --pictures "$folder" \
  $([ -s "$axe" ] && echo --axe "$axe")
