# shellcheck shell=bash
# What plays are written with. A play begins with
#
#     . "${srcdir:-.}/tests/functions.sh"
#     plan 3
#
# and speaks TAP. Environment: srcdir and builddir, absolute, set by "make
# check"; by hand "srcdir=$PWD builddir=$PWD/build bash tests/plays/NAME.sh".
#
#   plan N                  how many checks follow
#   ok DESC CMD...          a check: the command succeeds
#   not_ok DESC CMD...      a check: the command fails
#   is GOT WANTED DESC      a check: two strings are the same
#   like GOT REGEX DESC     a check: a string matches an extended expression
#   skip N WHY              N checks that cannot be made here
#   skip_all WHY            the whole play cannot be played here; exits
#   bail WHY                give up, with the logs; exits
#   diag TEXT               a remark
#   on_exit CMD...          run this when the play ends, however it ends
#   free_port               prints a port that nobody listens at
#   start_turnpike [OPTS]   the whole house on a free port, options of
#                           turnpike-launch; sets BASE, KEY and LAUNCHER
#   stop_turnpike           SIGTERM; returns the launcher's exit status
#   ctl ARGS                turnpikectl on the state of this play
#   ask URL-PATH [OPTS]     curl with the key; sets STATUS; the answer is in
#                           $T/body, its head in $T/head
#   chat TEXT               ask for a chat completion, not streamed, on $SURFACE
#   workers [PROGRAM]       prints the process ids of the workers: of
#                           turnpike-compat, or of turnpike-PROGRAM, or of "all"
#   until_true CMD...       wait until the command succeeds, 30 s at most
#
# $T is a directory of the play's own, removed at its end; $T/state the state.
# With TURNPIKE_VALGRIND set ("1", or a valgrind command) workers run under it,
# and the play fails when it has something to say.

set -u

srcdir=${srcdir:-$PWD}
builddir=${builddir:-$srcdir/build}
unset TURNPIKE_CONF TURNPIKE_UPSTREAM_KEY
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

T=$(mktemp -d "${TMPDIR:-/tmp}/play.XXXXXX")
PROGRAMS=$builddir
BASE='' KEY='' LAUNCHER='' STATUS=''
checks=0 failures=0
exit_hooks=()

# ---- TAP ----

plan() {
    echo "1..$1"
}

diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

verdict() { # verdict STATUS DESC
    checks=$((checks + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $checks - $2"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $2"
    fi
}

ok() {
    local desc=$1 status=0
    shift
    "$@" >"$T/output" 2>&1 || status=$?
    verdict "$status" "$desc"
    [ "$status" -eq 0 ] || diag "$* => $status: $(tail -n 20 "$T/output")"
}

not_ok() {
    local desc=$1 status=0
    shift
    "$@" >"$T/output" 2>&1 && status=1
    verdict "$status" "$desc"
}

is() {
    local status=0
    [ "$1" = "$2" ] || status=1
    verdict "$status" "$3"
    [ "$status" -eq 0 ] || diag "got \"$1\", wanted \"$2\""
}

like() {
    local status=0
    printf '%s\n' "$1" | grep -Eq -- "$2" || status=1
    verdict "$status" "$3"
    [ "$status" -eq 0 ] || diag "got \"$1\", wanted it to match $2"
}

skip() {
    local i
    for ((i = 0; i < $1; i++)); do
        checks=$((checks + 1))
        echo "ok $checks # SKIP $2"
    done
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

bail() {
    tell_logs
    echo "Bail out! $*"
    exit 1
}

# ---- the end ----

on_exit() {
    exit_hooks+=("$*")
}

tell_logs() {
    local log
    for log in "$T"/launch.err "$T"/run/*.log "$T"/state/run/*.log; do
        [ -s "$log" ] || continue
        diag "---- ${log#"$T"/}"
        diag "$(tail -n 30 "$log")"
    done
}

# Whether valgrind has complained about a worker.
valgrind_spoke() {
    local log status=1
    for log in "$T"/valgrind.*; do
        [ -s "$log" ] || continue
        diag "$(cat "$log")"
        status=0
    done
    return "$status"
}

# Whether a program built with sanitizers has complained.
sanitizer_spoke() {
    local log status=1
    for log in "$T"/launch.err "$T"/run/*.log "$T"/state*/run/*.log; do
        grep -qsE 'Sanitizer|runtime error:' "$log" || continue
        diag "$(grep -sE -A 20 'Sanitizer|runtime error:' "$log" | head -n 60)"
        status=0
    done
    return "$status"
}

# The shared memory of a store, as db/bdb/place.c names it. It outlives all who
# use it, so that the next one need not recover; but not the play.
regions_of() { # regions_of STORE-DIRECTORY
    local number bit hash=$((0xcbf29ce484222325))
    for number in $(stat -c '%d %i' "$1"); do
        for ((bit = 0; bit < 64; bit += 8)); do
            hash=$(((hash ^ (number >> bit & 255)) * 0x100000001b3))
        done
    done
    printf '/dev/shm/turnpike-%s-%016x\n' "$(stat -c %u "$1")" "$hash"
}

remove_regions() {
    local store
    find "$T" -name gate -printf '%h\n' | while read -r store; do
        rm -rf "$(regions_of "$store")"
    done
}

finish_play() {
    local status=$? hook
    trap - EXIT
    for hook in ${exit_hooks[@]+"${exit_hooks[@]}"}; do
        eval "$hook"
    done
    [ "$failures" -eq 0 ] || tell_logs
    stop_turnpike >/dev/null 2>&1 || true
    if sanitizer_spoke; then
        status=99
    fi
    if [ -n "${TURNPIKE_VALGRIND:-}" ] && valgrind_spoke; then
        status=99
    fi
    remove_regions
    rm -rf "$T"
    exit "$status"
}
trap finish_play EXIT
trap 'exit 1' HUP INT TERM

# ---- the house ----

free_port() {
    "$builddir/tests/plays/freeport"
}

# The programs that serve, and those of them that answer completions.
SERVING='compat policy manage'
COMPLETING='compat policy'

# Where completions are asked for: at /v1 of this, which is a path or nothing.
SURFACE=''

# surface_of PROGRAM: sets SURFACE.
surface_of() {
    case $1 in
    compat) SURFACE='' ;;
    *) SURFACE=/$1 ;;
    esac
}

# A directory of programs in which those that serve do so under valgrind.
wrap_workers() {
    local valgrind=$TURNPIKE_VALGRIND name
    [ "$valgrind" != 1 ] ||
        valgrind="valgrind -q --error-exitcode=99 --leak-check=full \
            --suppressions=$srcdir/tests/valgrind.supp"
    PROGRAMS=$T/programs
    mkdir -p "$PROGRAMS"
    ln -sf "$builddir"/turnpike* "$PROGRAMS"
    for name in $SERVING; do
        rm -f "$PROGRAMS/turnpike-$name"
        cat >"$PROGRAMS/turnpike-$name" <<END
#!/bin/sh
exec $valgrind --log-file=$T/valgrind.%p $builddir/turnpike-$name "\$@"
END
        chmod +x "$PROGRAMS/turnpike-$name"
    done
}

# Starts the launcher and leaves what it says first in LINE.
launch() {
    LINE=''
    [ -z "${TURNPIKE_VALGRIND:-}" ] || wrap_workers
    [ -p "$T/ready" ] || mkfifo "$T/ready"
    "$builddir/turnpike-launch" --httpd-conf "$srcdir/httpd-conf" \
        --programs "$PROGRAMS" --port 0 --state "$T/state" "$@" \
        >"$T/ready" 2>"$T/launch.err" &
    LAUNCHER=$!
    read -r -t 90 LINE <"$T/ready"
}

start_turnpike() {
    launch "$@" || bail "turnpike does not start"
    BASE=${LINE#ready: }
    BASE=${BASE%% *}
    KEY=${LINE##* key: }
}

stop_turnpike() {
    local pid=$LAUNCHER
    [ -n "$pid" ] || return 0
    LAUNCHER=''
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
}

ctl() {
    "$builddir/turnpikectl" --state "$T/state" "$@"
}

ask() {
    local path=$1
    shift
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' \
        --max-time 60 -H "Authorization: Bearer $KEY" "$@" "$BASE$path") ||
        STATUS="curl $?"
}

chat() {
    ask "$SURFACE/v1/chat/completions" -H 'Content-Type: application/json' \
        --data-binary "{\"model\":\"abliterated-model\",\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}

workers() {
    local name=${1:-compat}
    [ "$name" != all ] || name="(${SERVING// /|})"
    pgrep -f "turnpike-$name --state $T/state( |\$)"
}

until_true() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
}

# ---- calls and what they come to ----
#
#   start_canned            an upstream that always gives the same answer, the
#                           file $T/canned/v1/chat/completions, as an event
#                           stream; sets CANNED, its origin
#   can STREAM KIND PIECE...
#                           from now on it answers with these pieces, one a
#                           frame, in each of the three dialects; KIND is text,
#                           reasoning or args, the arguments of a call
#   seen FILTER             jq on the newest request that the upstream saw
#   say SCRIPT [FILTER]     a chat completion with this script, its request
#                           through a jq filter; as ask, with $H as further
#                           options of curl
#   body FILTER             jq on the answer
#   frames [FILE]           the data of each frame of a stream, one a line
#   balance FILTER          jq on the credits of the demo account
#   entry FILTER            jq on the newest journal entry of that account

H=()

start_canned() {
    local port
    port=$(free_port)
    CANNED=http://127.0.0.1:$port
    mkdir -p "$T/canned/v1/chat"
    cat >"$T/canned.conf" <<END
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$T/canned"
server.stat-cache-engine = "disable"
mimetype.assign = ("" => "text/event-stream")
END
    lighttpd -D -f "$T/canned.conf" >"$T/canned.log" 2>&1 &
    on_exit "kill $! 2>/dev/null"
    until_true curl -s -o "$T/canned.out" "$CANNED/" ||
        bail 'the canned upstream does not start'
}

can() {
    local stream=$1 kind=$2 dialect path
    shift 2
    for dialect in chat messages responses; do
        path=$T/canned/v1/$dialect
        [ "$dialect" != chat ] || path=$path/completions
        jq -nrj --arg dialect "$dialect" --arg kind "$kind" \
            --argjson stream "$stream" '$ARGS.positional as $pieces |
            '"$(cat "$srcdir/tests/canned.jq")" --args "$@" >"$path.new" &&
            mv "$path.new" "$path" || bail "no answer in $dialect"
    done
}

seen() {
    curl -s "$UPSTREAM/v1/log" | jq -rc ".[-1] | $1"
}

script_body() { # script_body SCRIPT [FILTER]
    jq -nc --arg s "$1" '{model: "abliterated-model", messages: [{role: "user",
        content: ("one two three\nscript: " + $s)}]} | '"${2:-.}"
}

say() {
    script_body "$@" >"$T/said"
    ask "$SURFACE/v1/chat/completions" -H 'Content-Type: application/json' \
        ${H[@]+"${H[@]}"} --data-binary @"$T/said"
}

body() {
    jq -rc "$1" "$T/body"
}

frames() {
    sed -n 's/^data: //p' "${1:-$T/body}"
}

balance() {
    ctl --json credits show demo@localhost | jq -rc "$1"
}

entry() {
    ctl --json ledger demo@localhost | jq -rc ".[-1] | $1"
}

# ---- money ----

# json FILTER ARGS...: what turnpikectl ARGS prints, through jq.
json() {
    local filter=$1
    shift
    ctl --json "$@" </dev/null 2>"$T/ctl.err" | jq -rc "$filter"
}

# account EMAIL CREDITS [OPTIONS]: a new account; KEY becomes a key of it.
account() {
    local mail=$1 credits=$2
    shift 2
    ctl account add "$mail" --credits "$credits" "$@" >/dev/null </dev/null ||
        bail "no account $mail"
    KEY=$(json .key key create "$mail")
}

# govern EMAIL: a policy that allows everything, and a project that goes by it;
# KEY becomes a key of that. The account has to be of the plan "policy".
govern() {
    echo '{"rules":{}}' | ctl policy put "$1" allow - >/dev/null &&
        ctl project create "$1" governed --policy allow >/dev/null </dev/null ||
        bail "no project of $1"
    KEY=$(json .key key create "$1" --project governed)
}

# ---- users ----

# user EMAIL CREDITS PASSWORD: a new account that can sign in.
user() {
    ctl account add "$1" --credits "$2" --plan policy --password-stdin \
        <<<"$3" >/dev/null || bail "no user $1"
}

# sign_in EMAIL PASSWORD [OPTIONS]: ask for a token, with options of curl; sets
# STATUS, and TOKEN if it is 200.
sign_in() {
    jq -nc --arg email "$1" --arg password "$2" '{$email, $password}' \
        >"$T/sign-in"
    shift 2
    KEY=none ask /api/auth/login -H 'Content-Type: application/json' \
        --data-binary @"$T/sign-in" "$@"
    TOKEN=''
    [ "$STATUS" != 200 ] || TOKEN=$(jq -r .access_token "$T/body")
}

# ---- an upstream of the play's own ----

# Starts a demo upstream that outlives the house; sets UPSTREAM, its origin.
start_upstream() {
    [ -p "$T/listening" ] || mkfifo "$T/listening"
    "$builddir/turnpike-demo-upstream" --port 0 >"$T/listening" &
    on_exit "kill $! 2>/dev/null"
    read -r -t 30 LINE <"$T/listening" ||
        bail 'the demo upstream does not start'
    UPSTREAM=http://127.0.0.1:${LINE#listening }
}

# told FILTER: the upstream's log of requests, through jq.
told() {
    curl -s "$UPSTREAM/v1/log" | jq -rc "$1"
}

# upstream_has FILTER: whether its statistics are so.
upstream_has() {
    curl -s "$UPSTREAM/v1/stats" | jq -e "$1"
}

# release NAME: whoever waits at that barrier goes on.
release() {
    curl -s -X POST "$UPSTREAM/v1/barrier/$1"
}

# The dialect of the three below: chat, messages or responses.
DIALECT=${DIALECT:-chat}

dialect_path() {
    case $DIALECT in
    chat) echo "$SURFACE/v1/chat/completions" ;;
    *) echo "$SURFACE/v1/$DIALECT" ;;
    esac
}

# ask_body SCRIPT STREAM [MEMBERS]: the body of a completion whose answer is
# scripted, by $MODEL or the usual one; STREAM is true or false.
ask_body() {
    local input='"messages":[{"role":"user","content":"script: %s"}]'
    [ "$DIALECT" != responses ] || input='"input":"script: %s"'
    printf '{"model":"%s","stream":%s,'"$input"'%s}' \
        "${MODEL:-abliterated-model}" "$2" "$1" "${3:-}"
}

# perform SCRIPT STREAM [MEMBERS]: ask for it.
perform() {
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary "$(ask_body "$@")"
}

# user_says TEXT STREAM [FILTER]: ask what a user says with these words, the
# request through a jq filter.
user_says() {
    jq -nc --arg text "$1" --arg model "${MODEL:-abliterated-model}" \
        --argjson stream "$2" --arg dialect "$DIALECT" '
        {model: $model, stream: $stream} + if $dialect == "responses"
        then {input: $text} else {messages: [{role: "user",
        content: $text}]} end | if $dialect == "messages"
        then .max_tokens = 200 else . end | '"${3:-.}" >"$T/said"
    ask "$(dialect_path)" -H 'Content-Type: application/json' \
        --data-binary @"$T/said"
}

# all_text: what the answer says, whole or streamed; an error its code.
all_text() {
    if grep -q '^data: ' "$T/body"; then
        frames | grep -vF '[DONE]' | jq -rj '.choices[0].delta.content //
            .delta.text? // (select(.type == "response.output_text.delta") |
            .delta) // empty'
    else
        jq -rj '.choices[0].message.content // .content[0].text? //
            .output[0].content[0].text? // .error.code // .error.type //
            empty' "$T/body"
    fi
}

# stream_end: the last frames of a stream, as a client sees its end.
stream_end() {
    case $DIALECT in
    chat) frames | tail -n 2 |
        jq -Rr 'if . == "[DONE]" then . else fromjson |
            .choices[0].finish_reason end' | tr '\n' ' ' ;;
    messages) frames | tail -n 3 | jq -r '.type, (.delta.stop_reason? //
        empty)' | tr '\n' ' ' ;;
    responses) frames | tail -n 1 | jq -r '.type,
        .response.incomplete_details.reason' | tr '\n' ' ' ;;
    esac
}

# error_is STATUS CODE DESC: a check: the answer is an error in the shape of
# $DIALECT.
error_is() {
    local shape='.error.type != null and (.error | has("param")) and
        (has("type") | not)'
    [ "$DIALECT" != messages ] || shape='.type == "error" and .error.type != null'
    is "$STATUS $(body ".error.code, ($shape)" | tr '\n' ' ')" "$1 $2 true " "$3"
}

# perform_to FILE SCRIPT STREAM [MEMBERS]: ask for it in the background; the
# answer goes to FILE, its head to FILE.head, its status to FILE.status. Sets
# CLIENT, the process that asks.
perform_to() {
    local file=$1
    shift
    curl -sN -o "$file" -D "$file.head" -w '%{http_code}' --max-time 120 \
        -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
        --data-binary "$(ask_body "$@")" "$BASE$(dialect_path)" \
        >"$file.status" &
    CLIENT=$!
}

# header NAME [FILE]: its value in the head of the last answer, or in FILE.
header() {
    sed -n "s/^$1: *//Ip" "${2:-$T/head}" | tr -d '\r'
}

# crowd ARGS...: many clients with this key; prints what they saw.
crowd() {
    "$builddir/tests/plays/crowd" --port "${BASE##*:}" --key "$KEY" \
        --surface "$SURFACE" "$@"
}

WORKER_LOG=$T/state/run/workers.log

# logged TEXT: whether a worker has written that.
logged() {
    grep -qF -- "$1" "$WORKER_LOG"
}

# all_say EVENT [TIMES]: whether every worker of every program has told of that,
# and so many times.
all_say() {
    [ "$(grep -c "\"event\":\"$1\"" "$WORKER_LOG")" -eq \
        "$((${2:-1} * $(workers all | wc -l)))" ]
}

# ---- clients that leave ----
#
#   straight_to FILE SCRIPT STREAM [MEMBERS]
#                           as perform_to, without the web server between, which
#                           sees that a client is gone only when it writes to
#                           it; $O are further options of fcgi_client
#   leave PID               make a client go, without a word
#   settled EMAIL           whether an account has nothing held
#   has_words FILE N        whether a stream has brought so many words "ab"
#   all_taken               whether what the upstream has sent has been read
#   est_in SCRIPT           what is held for the input that asks for it, in
#                           tokens, as core/estimate.h counts
#
# A word "ab" and the blank before it are estimated as one token; with
# price.tokens_per_credit=1 that is one credit.

O=()

# The socket of the workers of $SURFACE.
socket() {
    local name=${SURFACE#/}
    echo "$T/state/sockets/${name:-compat}.sock"
}

straight_to() {
    local file=$1
    shift
    [ -p "$T/never" ] || mkfifo "$T/never"
    "$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
        --uri "$(dialect_path)" --param CONTENT_TYPE=application/json \
        --param "HTTP_AUTHORIZATION=Bearer $KEY" ${O[@]+"${O[@]}"} \
        --body "$(ask_body "$@")" <>"$T/never" >"$file" &
    CLIENT=$!
}

leave() {
    kill -9 "$1"
    wait "$1" 2>/dev/null
}

settled() {
    [ "$(json .held account show "$1")" = 0 ]
}

has_words() {
    local key=content
    case $DIALECT in
    messages) key=text ;;
    responses) key=delta ;;
    esac
    [ "$(grep -c "\"$key\":\" *ab\"" "$1")" -eq "$2" ]
}

# The kernel's queues on the connections to the upstream are empty.
all_taken() {
    awk -v port="$(printf ':%04X' "${UPSTREAM##*:}")" '
        (substr($2, 9) == port || substr($3, 9) == port) && $4 == "01" &&
            $5 != "00000000:00000000" { left = 1 }
        END { exit left }' /proc/net/tcp
}

est_in() {
    jq -nr --arg text "script: $1" '
        ($text | explode | map(
            if . >= 97 and . <= 122 then 1
            elif . >= 65 and . <= 90 then 4
            elif . >= 48 and . <= 57 then 3
            else 2 end) | add) as $quarters |
        4 * 4 + $quarters | . * 23 / 80 | ceil'
}

# ---- the governed surface ----
#
#   governed EMAIL ID JSON [OPTS]
#                           a new account with a policy and a project, both
#                           called ID; OPTS are those of project create. KEY
#                           becomes a key of the project
#   put_policy EMAIL ID JSON
#                           one more version of the policy
#   judged FILTER           jq on the newest event of a call; of several
#                           projects, if there was one call since it was asked
#   verdict_is TEXT DESC    a check: the answer's policy says decision, effective
#                           decision and the terms denied, as in
#                           "refuse refuse competitor-x"
#   told_is TEXT DESC       the same of the newest event

put_policy() {
    printf '%s\n' "$3" >"$T/policy.json"
    ctl policy put "$1" "$2" "$T/policy.json" >"$T/ctl.out" 2>&1 </dev/null ||
        bail "no policy $2: $(cat "$T/ctl.out")"
}

governed() {
    local email=$1 id=$2
    ctl account add "$email" --plan policy --credits 1000000 >"$T/ctl.out" \
        </dev/null || bail "no account $email"
    put_policy "$email" "$id" "$3"
    shift 3
    ctl project create "$email" "$id" --policy "$id" "$@" >"$T/ctl.out" \
        </dev/null || bail "no project $id"
    KEY=$(json .key key create "$email" --project "$id")
}

judged() {
    [ -f "$T/events" ] || echo '[]' >"$T/events"
    ctl --json events </dev/null | jq -c --slurpfile old "$T/events" '
        map(.event | select(.event_type == "enforcement")) |
        [map(select(.event_id | IN($old[0][].event_id) | not)), .] |
        if .[0] == [] then $old[0] else .[1] - .[0] + .[0] end' \
        >"$T/events.new" && mv "$T/events.new" "$T/events"
    jq -rc ".[-1] | $1" "$T/events"
}

verdict_of='"\(.decision) \(.effective_decision)" +
    ([.denylist_hits[] | " " + .] | join(""))'

# Streams tell it with their last frame.
verdict_is() {
    local policy
    if grep -q '^data: ' "$T/body"; then
        policy=$(frames | grep -vF '[DONE]' | tail -n 1 | jq -c .policy)
    else
        policy=$(jq -c .policy "$T/body")
    fi
    is "$(jq -r "$verdict_of" <<<"$policy")" "$1" "$2"
}

told_is() {
    is "$(judged "$verdict_of")" "$1" "$2"
}
