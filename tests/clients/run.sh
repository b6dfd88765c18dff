# The client packages that programs use are content with what a gateway of their
# own answers, on an upstream that speaks chat completions only and on one that
# speaks all three protocols; those of the makers of the protocols and of the AI
# SDK also on the governed surface, under a policy that looks at all answers and
# has nothing to say. Where npm, or the registry that it asks, is out of reach,
# packages are skipped; the requests of replay.sh are not.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/clients/replay.sh"

here=$srcdir/tests/clients
cache=$builddir/clients
# Apart by commas: at the same time.
groups='openai-chat,openai-responses anthropic,ai-sdk langchain,llamaindex'
governed_groups='openai-chat,openai-responses anthropic,ai-sdk'
models='chat-only native'

# One copy of the packages for all runs of this build.
install_packages() {
    command -v node >"$T/npm" && command -v npm >"$T/npm" || return 1
    mkdir -p "$cache" &&
        cp "$here"/package.json "$here"/.npmrc "$here"/*.mjs "$cache" ||
        return 1
    cmp -s "$cache/package.json" "$cache/installed.json" && return
    (cd "$cache" && timeout 120 npm install --no-audit --no-fund \
        --prefer-offline >"$T/npm" 2>&1) &&
        cp "$cache/package.json" "$cache/installed.json"
}

count_checks() {
    grep -c '^check(' "$here/$1.mjs"
}

write_conf() {
    mkdir -m 700 "$T/state"
    cat >"$T/state/turnpike.conf" <<END
upstream.chat.url = $UPSTREAM
upstream.native.url = $UPSTREAM
upstream.native.speaks = chat+messages+responses
model.chat-only.upstreams = chat
model.native.upstreams = native
rate.key = 100
stream.grace = 1
stream.heartbeat = 1
END
}

# Ask with key $1 until the rate limit says no.
use_up() {
    local i
    for ((i = 0; i < 200; i++)); do
        KEY=$1 ask /v1/models
        [ "$STATUS" != 429 ] || return 0
    done
    diag 'the rate limit never came'
}

# customer NAME CREDITS: an account; KEY is good for all surfaces.
customer() {
    account "$1@example.org" "$2" --plan policy
    put_policy "$1@example.org" careful \
        '{"rules":{"denylist":["never said"],"response_pattern":"rewrite"}}'
    ctl project create "$1@example.org" "$1" --policy careful >"$T/ctl.out" \
        </dev/null || bail "no project $1"
    KEY=$(json .key key create "$1@example.org" --project "$1")
}

# play SUITE MODEL: on $SURFACE, in the background; what it says goes to a file.
play() {
    customer "$1-$2${SURFACE/\//-}" 100000
    (
        cd "$cache" || exit 1
        export BASE="$BASE$SURFACE"
        export KEY UPSTREAM POORKEY LIMITEDKEY MODEL="$2"
        exec timeout 120 node "$1.mjs" >"$T/$1-$2.tap" 2>"$T/$1-$2.err"
    ) &
    PLAYED="$PLAYED $!"
}

# report SUITE MODEL: what it said, as checks of ours.
report() {
    local line
    while read -r line; do
        case $line in
        'ok '*) verdict 0 "$SURFACE $2: $1: ${line#* - }" ;;
        'not ok '*) verdict 1 "$SURFACE $2: $1: ${line#* - }" ;;
        '#'*) printf '%s\n' "$line" ;;
        esac
    done <"$T/$1-$2.tap"
    [ "$failures" -eq 0 ] || diag "$(tail -n 20 "$T/$1-$2.err")"
}

total=$(($(count_requests) * 2))
for suite in ${groups//,/ } ${governed_groups//,/ }; do
    total=$((total + $(count_checks "$suite") * 2))
done
plan "$total"
start_upstream
write_conf
start_turnpike

for model in $models; do
    account "requests-$model@example.org" 100000
    replay_all "$model"
done
if ! install_packages; then
    skip $((total - checks)) 'npm cannot install the client packages'
    exit "$failures"
fi
customer poor 0
POORKEY=$KEY
customer eager 100000
LIMITEDKEY=$KEY

# play_all GROUPS: on $SURFACE, group by group.
play_all() {
    local group suite model
    for group in $1; do
        PLAYED=''
        use_up "$LIMITEDKEY"
        for suite in ${group//,/ }; do
            for model in $models; do
                play "$suite" "$model"
            done
        done
        # shellcheck disable=SC2086 # a list of process ids
        wait $PLAYED
        for suite in ${group//,/ }; do
            for model in $models; do
                report "$suite" "$model"
            done
        done
    done
}

play_all "$groups"
SURFACE=/policy
play_all "$governed_groups"
exit "$failures"
