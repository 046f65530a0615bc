# Results of swiftkv-sim in pandas. Runs nothing itself: make the files first, from the repository's folder:
#
#   swiftkv-sim compare scenarios/rag.yaml --variant baseline,swiftkv-50 --detailed --metric-percentiles 50,90,99 \
#     --db results/runs.sqlite --json results/runs.jsonl --csv results/requests.csv
#   python examples/python/results.py results
#
# Columns and keys are described in docs/file-formats.md. Editors run the cells (# %%) one by one.

# %% Where the files are
import sqlite3
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

is_notebook = hasattr(sys, "ps1")
folder = Path("results" if is_notebook or len(sys.argv) < 2 else sys.argv[1])

# %% The result file: what vllm bench serve writes, one JSON object a line. What vLLM has no key for is in swiftkv_sim
results = pd.read_json(folder / "runs.jsonl", lines=True)
own = pd.json_normalize(results["swiftkv_sim"].tolist())
results = results.drop(columns="swiftkv_sim").join(own)
results = results.set_index("variant")
print(results[["completed", "duration", "request_throughput", "mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "engine.preemptions"]].T, "\n")

# %% The requests: one row each
requests = pd.read_csv(folder / "requests.csv")
finished = requests[requests["outcome"] == "finished"]
print(finished.groupby("variant")[["prompt_tokens", "output_tokens", "ttft_s", "tpot_s", "e2e_s"]].mean(), "\n")

# %% Percentiles from the rows: those of the result file. NumPy's linear interpolation is vLLM's, and the simulator's
latencies = {"ttft": "ttft_s", "tpot": "tpot_s", "e2el": "e2e_s"}
rows = []
for variant, group in finished.groupby("variant", sort=False):
    for name, column in latencies.items():
        for percent in (50, 90, 99):
            here = group[column].quantile(percent / 100) * 1e3
            stored = results.loc[variant, f"p{percent}_{name}_ms"]
            rows.append((variant, name, percent, here, stored, here / stored - 1))
check = pd.DataFrame(rows, columns=["variant", "latency", "percentile", "from rows, ms", "stored, ms", "difference"])
print(check.to_string(index=False), "\n")
assert check["difference"].abs().max() < 1e-9, "the result file and the rows do not agree"

# %% The database: every run that was kept, with its scenario. Tables: runs, requests, steps, token_gaps, busy_times
with sqlite3.connect(f"file:{folder / 'runs.sqlite'}?mode=ro", uri=True) as database:
    runs = pd.read_sql("SELECT * FROM runs ORDER BY id", database, index_col="id")
    steps = pd.read_sql("SELECT * FROM steps", database)
    stored = pd.read_sql("SELECT * FROM requests", database)
print(runs[["scenario", "variant", "seed", "completed", "p99_ttft_s", "mean_kv_usage"]], "\n")

# %% Joined: the rows of the database are those of the CSV
joined = stored.merge(runs["variant"], left_on="run_id", right_index=True).merge(
    requests, left_on=["variant", "request_index"], right_on=["variant", "index"], suffixes=("", "_csv"))
assert len(joined) == len(requests) and (joined["finished_s"].fillna(-1) == joined["finished_s_csv"].fillna(-1)).all()

# The same requests under both variants, one row each: what the second variant saves, by the length of the prompt.
names = list(runs["variant"])
pairs = finished.pivot(index="index", columns="variant", values=["ttft_s", "prompt_tokens"]).dropna()
saved = pairs["ttft_s"][names[0]] - pairs["ttft_s"][names[-1]]
length = pd.qcut(pairs["prompt_tokens"][names[0]], 4, precision=0)
print(f"mean TTFT saved by {names[-1]}, s, by prompt tokens:")
print(saved.groupby(length, observed=True).agg(["count", "mean", "median"]), "\n")

# %% Steps: how full the batches are
steps["duration_s"] = steps["end_s"] - steps["start_s"]
steps["kind"] = (steps["prefill_tokens"] > 0).map({True: "with prefill", False: "decode only"})
print(steps.merge(runs["variant"], left_on="run_id", right_index=True)
      .groupby(["variant", "kind"]).agg(steps=("step", "count"), seconds=("duration_s", "sum"),
                                         tokens=("decode_tokens", "sum"), running=("running", "mean")), "\n")

# %% A plot: TTFT as a distribution
figure, axes = plt.subplots(figsize=(6, 4), constrained_layout=True)
for variant, group in finished.groupby("variant", sort=False):
    axes.ecdf(group["ttft_s"] * 1e3, label=variant)
axes.set(xscale="log", xlabel="TTFT, ms", ylabel="share of requests", title=runs["scenario"].iloc[0])
axes.grid(alpha=0.3)
axes.legend()
figure.savefig(folder / "ttft.png", dpi=120)
print(f"figure: {folder / 'ttft.png'}")


# %% A sweep's table (sweep --csv): one row a point; its parameters stand between "point" and "model_name"
def sweep_table(path, figure):
    """A figure by the parameters that vary: the first down the rows, the others across."""
    table = pd.read_csv(path)
    parameters = list(table.columns[table.columns.get_loc("point") + 1:table.columns.get_loc("model_name")])
    varied = [name for name in parameters if table[name].nunique() > 1]
    if not varied:
        raise SystemExit(f"{path}: no parameter varies")
    return table[table["status"] == "done"].pivot_table(index=varied[0], columns=varied[1:], values=figure)


sweep = folder / "sweep.csv"
if sweep.exists():
    print(sweep_table(sweep, "p99_ttft_ms").round(1))
