# A store is copied, restored, dumped and loaded while it is in use, and what
# comes of it has the same books; damage is found.

. "${srcdir:-.}/tests/functions.sh"
plan 26

billed_in() { # billed_in STATE: the requests that its ledger knows
    other "$1" --json ledger ann@example.org |
        jq -r '.[] | select(.type != "grant") | .request_id' | sort
}
metered() { # lines of answers that told their price
    grep ' 200 .* metered$' "$T/calls"
}
many() {
    [ "$(metered | wc -l)" -ge 100 ]
}

start_turnpike --workers 2 --set rate.key=0
account ann@example.org 100000
(
    crowd --calls 3000 --at-once 20 --prompt 'script: words=8 gap=5' \
        --log "$T/calls" >"$T/crowd"
) &
crowd=$!
ok 'there is much to do' until_true many

# ---- backup ----

metered | cut -d ' ' -f 1 | sort >"$T/answered"
ok 'a backup is made meanwhile' ctl backup "$T/copy"
like "$(cat "$T/output")" 'secrets are not in it' 'it says what is not in it'
diag "$(grep gate "$T/output")"
is "$(stat -c %a "$T/copy")" 700 'it is closed to others'
not_ok 'it is not made over another' ctl backup "$T/copy"
ctl dump >"$T/live.jsonl"
is "$?" 0 'a dump is made meanwhile'
ok 'the store is verified meanwhile' ctl verify
wait "$crowd"
is "$(jq -c '[.whole, .broken]' "$T/crowd")" '[3000,0]' \
    'no caller has noticed'
ok 'the audit of the live store finds no breach' ctl audit

# ---- restore ----

new_state restored
ok 'the backup is restored' other restored restore "$T/copy"
ok 'the audit finds no breach there' other restored audit
billed_in restored >"$T/restored.ids"
is "$(comm -23 "$T/answered" "$T/restored.ids" | wc -l)" 0 \
    'what was answered before it began is in it'
is "$(comm -13 <(billed_in state) "$T/restored.ids" | wc -l)" 0 \
    'and nothing else'
not_ok 'a store is not restored over another' other restored restore "$T/copy"

# ---- dump and load ----

new_state live
other live load <"$T/live.jsonl" >/dev/null 2>"$T/error"
is "$?" 0 'the dump of the store in use is loaded'
diag "$(cat "$T/error")"
ok 'the audit finds no breach there' other live audit

ctl reap >/dev/null
ctl dump >"$T/dump.jsonl"
new_state loaded
head -n 20 "$T/dump.jsonl" | sed '9s/:/;/' >"$T/bad.jsonl"
other loaded load <"$T/bad.jsonl" 2>"$T/error"
is "$?" 1 'a damaged dump is refused'
like "$(cat "$T/error")" 'line 9:' 'by the number of the line'
not_ok 'nothing is left of it' test -e "$T/loaded/store"
other loaded load <"$T/dump.jsonl" >/dev/null
is "$?" 0 'a sound dump is loaded'
is "$(other loaded --json account list)" "$(ctl --json account list)" \
    'it has the same accounts'
is "$(other loaded --json ledger ann@example.org)" \
    "$(ctl --json ledger ann@example.org)" 'and the same ledger'
ok 'the audit finds no breach there' other loaded audit

# ---- damage ----

ok 'the backup is verified' ctl verify --copy "$T/copy"
printf '\377' | dd of="$T/copy/ledger.db" bs=1 seek=7001 conv=notrunc 2>/dev/null
not_ok 'a byte that has changed is found' ctl verify --copy "$T/copy"

stop_turnpike
is "$?" 0 'the house is closed'
