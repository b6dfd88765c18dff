# Old days of a journal are rolled up while workers serve calls of the same
# account: no caller notices, the books stay as they are, and what was taken out
# is in the archive, where no byte can change unnoticed.

. "${srcdir:-.}/tests/functions.sh"
plan 38

E=ann@example.org
ARCHIVE=$T/state/archive

olden() { # olden DAYS-AGO DAYS CALLS: of the account's key
    local digest
    digest=$(ctl dump | jq -r --arg id "$KEY_ID" \
        'select(.kind == "key" and .id == $id) | .digest')
    "$builddir/tests/plays/olden" "$T/state" "$E" "$digest" "$@"
}

day() { # day DAYS-AGO: its file
    printf '%s/%s.jsonl' "$ARCHIVE" "$(date -u -d "$1 days ago" +%F)"
}

rolled() { # jq on the roll-ups of the account
    json "[.[] | select(.type == \"rollup\")] | $1" ledger "$E"
}

some() {
    [ "$(grep -c ' 200 ' "$T/calls")" -ge 100 ]
}

breaches() {
    json .breaches "$@"
}

start_turnpike --workers 2 --set rate.key=0
account "$E" 100000
KEY_ID=$(json '.[0].id' key list "$E")

# ---- nothing is old ----

is "$(json .entries rollup)" 0 'a young journal is left alone'
not_ok 'so is what is younger than 8 days, whatever is asked' \
    ctl rollup --before -7d
is "$(breaches audit --archive "$ARCHIVE")" 0 'an empty archive is sound'

# ---- a second account has old days ----

E=old@example.org
ctl account add "$E" >/dev/null
KEY=$(json .key key create "$E")
KEY_ID=$(json '.[0].id' key list "$E")
ok 'an account is old' olden 500 3 1000
ctl credits grant "$E" 100000 --idempotency-key now >/dev/null
is "$(breaches audit)" 0 'the audit finds no breach'
posted=$(json .credits credits show "$E")
is "$(json .entries rollup --dry-run)" 3001 'what would be rolled up is told'
is "$(json length ledger "$E")" 3002 'and nothing is'
not_ok 'nor is there an archive' test -e "$ARCHIVE"

(
    crowd --calls 2000 --at-once 20 --prompt 'script: words=4 gap=5' \
        --log "$T/calls" >"$T/crowd"
) &
crowd=$!
ok 'there is much to do' until_true some

# ---- it is killed, and run again ----

mkdir -m 700 "$ARCHIVE"
(umask 077 && printf '{"kind":"entry","account":"' >"$(day 498)")
"$builddir/turnpikectl" --state "$T/state" rollup >/dev/null 2>&1 &
killed=$!
ok 'one has begun to roll up' until_true test -s "$(day 500)"
kill -9 "$killed"
wait "$killed" 2>/dev/null
ok 'another goes on, also behind half a line' ctl --json rollup
diag "$(cat "$T/output")"
is "$(rolled length)" 3 'of each old day one row is left'
is "$(rolled 'map(.seq - .first_seq + 1) | join(" ")')" '1001 1000 1000' \
    'for all of its entries'
is "$(rolled 'map(.amount) | add')" 1 'and their sum'
is "$(json .entries rollup)" 0 'there is nothing more to do'
wait "$crowd"
is "$(jq -c '[.whole, .broken]' "$T/crowd")" '[2000,0]' 'no caller has noticed'
is "$(json .credits credits show "$E")" "$((posted - 2000))" \
    'nor has the balance'
ok 'the audit finds no breach' ctl audit
is "$(stat -c %a "$ARCHIVE" "$(day 500)" | tr '\n' ' ')" '700 600 ' \
    'the archive is closed to others'

# ---- the archive ----

ok 'the archive is sound' ctl audit --archive "$ARCHIVE"
is "$(json .lines audit --archive "$ARCHIVE")" \
    "$(cat "$ARCHIVE"/* | wc -l)" 'all of it was looked at'
is "$(jq -rs 'map(.seq) | unique | length' "$(day 500)")" 1001 \
    'it has all entries of a day, whole lines only'
cp -a "$ARCHIVE" "$T/copy"
F=$T/copy/$(basename "$(day 499)")
flip() { # flip LINE COLUMN: one bit of the copy
    local at byte
    at=$(($(head -n "$(($1 - 1))" "$F" | wc -c) + $2))
    byte=$(dd if="$F" bs=1 skip=$at count=1 2>/dev/null | od -An -tu1)
    # shellcheck disable=SC2059
    printf "\\$(printf %03o $((byte ^ 1)))" |
        dd of="$F" bs=1 seek=$at conv=notrunc 2>/dev/null
}
ok 'a copy of it, too' ctl audit --archive "$T/copy"
flip 100 250
not_ok 'a bit that has changed is found' ctl audit --archive "$T/copy"
diag "$(head -n 20 "$T/output")"
flip 100 250
sed -i '100s/"tokens_in":10,/"tokens_in":11,/' "$F"
not_ok 'a number that was changed is found' ctl audit --archive "$T/copy"
like "$(cat "$T/output")" 'line 100, entry [0-9]+, was changed' 'and named'
sed -i '100s/"tokens_in":11,/"tokens_in":10,/' "$F"
ok 'and is sound again when it was put right' ctl audit --archive "$T/copy"
sed -i '/"seq":1008,/d' "$F" # it may be there twice
not_ok 'an entry that is missing is found' ctl audit --archive "$T/copy"
like "$(cat "$T/output")" 'entries 1008 to 1008 are missing' 'and named'
rm "$F"
not_ok 'a file that is missing is found' ctl audit --archive "$T/copy"
like "$(cat "$T/output")" 'entries 1002 to 2001 are missing' 'and named'

# ---- copies of the store ----

ctl reap >/dev/null
ctl dump >"$T/dump.jsonl"
new_state loaded
ok 'a dump is loaded' other loaded load <"$T/dump.jsonl"
is "$(other loaded --json ledger "$E")" "$(ctl --json ledger "$E")" \
    'with the same roll-ups'
is "$(other loaded --json audit --archive "$ARCHIVE" | jq .breaches)" 0 \
    'which the archive explains'
ok 'a backup is made' ctl backup "$T/backup"
new_state restored
ok 'and restored' other restored restore "$T/backup"
is "$(other restored --json ledger "$E")" "$(ctl --json ledger "$E")" \
    'with the same roll-ups'

stop_turnpike
is "$?" 0 'the house is closed'
