# Whoever tries to sign in and fails may not try for ever: an account counts, from
# wherever it is tried, and so does an address; without the counts nobody signs
# in. RELIABILITY.md 5.3.

. "${srcdir:-.}/tests/functions.sh"
plan 15

start_turnpike --set rate.login=0
user ann@example.org 500 'correct horse'
user bob@example.org 500 'battery staple'

# fail_for SECONDS: let every account have failed so often that it has to wait so
# long: in the middle of the throttle's file lie 65,536 numbers of 8 bytes, each
# when the last try will be paid off, and above it how many there were.
fail_for() {
    local now number bytes='' i
    now=$(cut -d. -f1 /proc/uptime)
    number=$((12 << 48 | (now + $1 + 9 * 12) * 1000))
    for ((i = 0; i < 64; i += 8)); do
        bytes+=$(printf '\\x%02x' $((number >> i & 255)))
    done
    printf '%b' "$bytes" >"$T/numbers"
    for ((i = 0; i < 16; i++)); do
        cat "$T/numbers" "$T/numbers" >"$T/twice"
        mv "$T/twice" "$T/numbers"
    done
    dd if="$T/numbers" of="$T/state/throttle" bs=8 seek=$((2 + 65536)) \
        conv=notrunc status=none
}

for try in {1..10}; do
    sign_in pat@example.org "guess $try"
done
is "$STATUS" 401 'ten guesses are told that they are wrong'
# However long that took: one more is let in every 12 s.
for try in {11..40}; do
    sign_in pat@example.org "guess $try"
    [ "$STATUS" = 401 ] || break
done
is "$(why)" '429 rate_limit_exceeded -' 'the next one is not looked at'
like "$(header retry-after)" '^([1-9]|1[0-2])$' 'for some seconds'
is "$(header x-should-retry)" '' 'then it may'
for try in {1..9}; do
    sign_in bob@example.org "guess $try"
done
stop_turnpike
start_turnpike --set rate.login=0 --set trusted_proxies=127.0.0.1
for try in {1..9}; do
    sign_in bob@example.org "guess $try" -H 'X-Forwarded-For: 192.0.2.6'
done
is "$STATUS" 429 'an account counts from wherever it is tried'
fail_for 600
sign_in ann@example.org 'correct horse' -H 'X-Forwarded-For: 192.0.2.7'
is "$(why)" '429 rate_limit_exceeded -' 'who has failed for long waits'
like "$(header retry-after)" '^(5[89][0-9]|600)$' 'as long as it is told'
rm "$T/state/throttle"
sign_in bob@example.org 'battery staple' -H 'X-Forwarded-For: 192.0.2.8'
is "$(why)" '503 login_unavailable -' 'without its count nobody signs in'
like "$(header retry-after)" '^[1-9]' 'now'
ok 'which the log tells' logged login_closed
stop_turnpike
start_turnpike --set rate.login=0 --set rate.login_address=3 \
    --set trusted_proxies=127.0.0.1
for try in {1..9}; do
    sign_in bob@example.org "guess $try" -H "X-Forwarded-For: 192.0.2.$try"
done
sign_in bob@example.org 'battery staple'
is "$STATUS" 200 'a tenth try that is right'
sign_in bob@example.org 'guess' -H 'X-Forwarded-For: 192.0.2.10'
is "$STATUS" 401 'ends the count'
for n in 1 2 3 4; do
    sign_in "nobody$n@example.org" 'guess' -H 'X-Forwarded-For: 192.0.2.11'
done
is "$(why)" '429 rate_limit_exceeded -' 'an address has tries of its own'
sign_in bob@example.org 'battery staple' -H 'X-Forwarded-For: 192.0.2.12'
is "$STATUS" 200 'another address may go on'
ok 'the audit finds no breach' ctl audit
