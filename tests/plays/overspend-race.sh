# Two hundred calls at once on fifty credits are exactly fifty answers, streamed
# or not, and the books are right afterwards.

. "${srcdir:-.}/tests/functions.sh"
plan 32

race() { # race NAME [OPTIONS]
    local name=$1
    shift
    account "$name@example.org" 50
    crowd --calls 200 --max-tokens 8 "$@" >"$T/crowd"
    is "$(jq -c .status "$T/crowd")" '{"200":50,"402":150}' \
        "$name: fifty answers"
    is "$(jq .whole "$T/crowd")" 200 "$name: all of them whole"
    is "$(json '[.credits,.held]' account show "$name@example.org")" '[0,0]' \
        "$name: nothing is left or held"
}

start_turnpike --set rate.key=0
for round in 1 2 3 4 5; do
    race "streamed$round"
    race "whole$round" --no-stream
done
is "$(json '[.[] | select(.type == "settle" and .amount == -1)] | length' \
    ledger streamed1@example.org)" 50 'fifty charges are in the ledger'
ok 'the audit finds no breach' ctl audit
