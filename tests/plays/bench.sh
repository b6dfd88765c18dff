# The bench measures what it says and makes its table: whole answers through a
# plain proxy and through workers. How fast they are is not asked here.

. "${srcdir:-.}/tests/functions.sh"

command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || skip_all 'no nginx'
[ -z "${TURNPIKE_VALGRIND:-}" ] || skip_all 'valgrind is too slow for it'
plan 8

BENCH_PART=50 BENCH_RESULTS=$T/results ok 'it runs' \
    bash "$srcdir/tests/bench/run.sh" --quick --only requests --only streams \
    --only start
cp "$T/output" "$T/table"

figure() { # figure NAME TARGET FILTER: of the only round
    jq -rs "map(select(.name == \"$1\" and .target == \"$2\"))[0] | $3" \
        "$T/results"
}

for target in nginx lighttpd relaxed governed; do
    is "$(figure requests $target '.errors == 0 and .done > 0')" true \
        "$target answers"
done
is "$(figure streams lighttpd '[.errors, .done, .frames]' | jq -c .)" \
    '[0,20,1600]' 'every stream of a worker is whole'
like "$(figure start turnpike .ready_ms)" '^[0-9]+$' 'a start is measured'
is "$(grep -cE '(aim met|floor met|NOT MET|not measured)$' "$T/table")" 15 \
    'every goal has a line and a verdict'
