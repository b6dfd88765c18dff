# Every fuzzer takes every file of its corpus without falling over.

. "${srcdir:-.}/tests/functions.sh"

corpora=("$srcdir"/tests/fuzz/corpus/*/)
[ -d "${corpora[0]}" ] || skip_all 'there is no corpus'
plan "${#corpora[@]}"
for corpus in "${corpora[@]}"; do
    name=$(basename "$corpus")
    ok "fuzz_$name takes its corpus" \
        "$builddir/tests/fuzz/fuzz_$name" "$corpus"*
done
