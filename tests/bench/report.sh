#!/usr/bin/env bash
# The table: report.sh RESULTS. Ratios first, with the goals of the design
# beside them; then everything that was measured.
set -u

# One line for each measurement and target: medians of all its keys.
medians='
def median: sort | if length == 0 then null else .[(length - 1) / 2 | floor] end;
group_by([.name, .target]) | map(
    . as $rounds | {key: (.[0].name + "/" + .[0].target),
        value: ([.[] | keys[]] | unique | map(select(IN("name", "target", "round",
            "first_error") | not)) | map({key: ., value: (. as $k |
            if $k == "errors" then [$rounds[][$k]] | add
            else [$rounds[][$k] | values] | median end)}) | from_entries)}) |
from_entries'

goals='
def ratio(a; b): if a and b and b != 0 then a / b else null end;
def less(a; b): if a and b then a - b else null end;
def a_stream($m; $of): $m["crowd/" + $of] as $c |
    if ($c["private.worker"] // 0) == 0 or $c.errors > 0 then null
    else less($c["private.worker"]; $m["idle/" + $of].private_kib) / $c.done end;
def cpu: if .["cpu.worker"] then .["cpu.worker"] + .["cpu.httpd"] else null end;
. as $m | [
["governed requests/s, of nginx proxy_pass", 0.25, 0.45, 1,
    ratio($m["requests/governed"].rate; $m["requests/nginx"].rate)],
["the same without moderation", 0.25, 0.45, 1,
    ratio($m["requests/governed-plain"].rate; $m["requests/nginx"].rate)],
["without policy and event", 0.25, 0.45, 1,
    ratio($m["requests/lighttpd"].rate; $m["requests/nginx"].rate)],
["without both", 0.25, 0.45, 1,
    ratio($m["requests/unmoderated"].rate; $m["requests/nginx"].rate)],
["CPU us a governed request, lighttpd + worker", 110, 55, -1,
    ($m["requests/governed"] | if . then cpu else null end)],
["the same without moderation", 110, 55, -1,
    ($m["requests/governed-plain"] | if . then cpu else null end)],
["without policy and event", 110, 55, -1,
    ($m["requests/lighttpd"] | if . then cpu else null end)],
["without both", 110, 55, -1,
    ($m["requests/unmoderated"] | if . then cpu else null end)],
["added p50 us, one connection, relaxed", 160, 80, -1,
    less($m["single/relaxed"].p50; $m["single/direct"].p50)],
["added p99 us, one connection, relaxed", 350, 150, -1,
    less($m["single/relaxed"].p99; $m["single/direct"].p99)],
["worker CPU a frame at 40/s, of nginx", 1.3, 0.8, -1,
    ratio($m["streams/lighttpd"]["cpu.worker"]; $m["streams/nginx-sse"]["cpu.httpd"])],
["KiB a stream, worker, at 4/s", 24, 12, -1, a_stream($m; "lighttpd")],
["the same without moderation", 24, 12, -1, a_stream($m; "unmoderated")],
["idle private MiB a worker", 8, 4, -1,
    ($m["idle/lighttpd"].private_kib | if . then . / 1024 else null end)],
["cold start to the first 200, ms", 300, 50, -1, $m["start/turnpike"].ready_ms]
] | .[] | . as [$what, $floor, $aim, $sign, $got] | [$what, $floor, $aim,
    (if $got == null then "-" else ($got * 100 | round / 100) end),
    (if $got == null then "not measured"
     elif $sign * $got >= $sign * $aim then "aim met"
     elif $sign * $got >= $sign * $floor then "floor met"
     else "NOT MET" end)] | @tsv'

rows='
def against($m; $name): [$m[$name + "/nginx"], $m[$name + "/nginx-sse"],
    $m[$name + "/nginx-tls"]] | map(values) | .[0];
def share(a; b): if a and b and b != 0 then a / b * 100 | round / 100 else "-" end;
def us: if . == null then "-" else (. * 10 | round / 10) end;
. as $m | to_entries[] | select(.value.rate) | (.key / "/") as [$name, $target] |
against($m; $name) as $ref | .value | [$name, $target,
    share(.rate; $ref.rate), share(.["cpu.worker"]; $ref["cpu.httpd"]),
    (.rate | round), .p50, .p99,
    (if .frames > 0 then .late50, .late99 else "-", "-" end),
    (.["cpu.worker"] | us), (.["cpu.httpd"] | us),
    (.["private.worker"] // "-"), .errors] | @tsv'

fair='
to_entries[] | select(.key | startswith("workers/workers-")) |
(.key | ltrimstr("workers/workers-")) as $n |
[.value | to_entries[] | select(.key | test("^cpu[.]w[0-9]+$")) | .value] |
(add // 0) as $all | select($all > 0 and length > 1) |
[$n, (map(. / $all * 100 | round) | join(" "))] | @tsv'

table=$(jq -s "$medians" "$1") || exit 1
echo
jq -r "$goals" <<<"$table" | awk -F '\t' '
    BEGIN { printf "%-46s %7s %7s %9s\n", "goal", "floor", "aim", "measured" }
    { printf "%-46s %7s %7s %9s  %s\n", $1, $2, $3, $4, $5 }'
echo
echo 'Of nginx: what it does a second, and worker CPU beside its CPU, in the'
echo 'same run. Times in microseconds; of streams, p50 and p99 are whole'
echo 'streams, rates and CPU are per frame; late is since a frame was due.'
echo
jq -r "$rows" <<<"$table" | awk -F '\t' '
    BEGIN { form = "%-13s %-15s %8s %6s %8s %8s %8s %7s %7s %7s %7s %8s %6s\n"
        printf form, "measured", "of", "of nginx", "CPU", "rate", "p50", "p99",
            "late50", "late99", "worker", "httpd", "KiB", "errors" }
    { printf form, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 }'
echo
jq -r "$fair" <<<"$table" | awk -F '\t' '
    { printf "of %s workers each does, in percent of the work: %s\n", $1, $2 }'
