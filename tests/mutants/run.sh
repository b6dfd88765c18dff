# Planted faults: each of those in "list" must be noticed by a test.
#
#   run.sh [NAME...]     these only
#
# TURNPIKE_MUTANTS=1 runs it in "make check". Sources are compiled by hand in a
# directory of the play's own: objects of the sound sources once, then for each
# mutant its one file, linked before them.

. "${srcdir:-.}/tests/functions.sh"

LIST=$srcdir/tests/mutants/list
CC=${CC:-cc}
LIBS=(-ldb-5.3 -lsodium -lnettle -lutf8proc -ljson-c -lcmocka -lpthread -ldl
    -lm)

[ -n "${TURNPIKE_MUTANTS:-}" ] || [ $# -gt 0 ] ||
    skip_all 'builds the store once for each fault; set TURNPIKE_MUTANTS'

compile() { # compile FROM OBJECT
    $CC -std=gnu11 -O1 -g -D_GNU_SOURCE -D_FORTIFY_SOURCE=0 -w \
        "-DTESTS_DIR=\"$srcdir/tests\"" \
        "-I$srcdir/${1%/*}" "-I$srcdir" "-I$srcdir/core" "-I$srcdir/db" \
        "-I$srcdir/db/bdb" "-I$srcdir/tests" "-I$srcdir/tests/db" \
        -c "${3:-$srcdir/$1}" -o "$2"
}

object() { # object SOURCE: where its object lies
    printf '%s/o/%s.o' "$T" "${1//\//_}"
}

helpers() { # helpers TEST: what else it is made of
    case $1 in
    tests/db/simulator)
        echo tests/db/simulator_{audit,batch,fate,verbs} \
            tests/db/oracle tests/db/oracle_{admit,money,reap,settle}
        ;;
    tests/golden/golden)
        echo tests/golden/load tests/golden/replay tests/golden/same
        ;;
    tests/golden/fields) echo tests/golden/same ;;
    tests/core/test_rechunk_sieve) echo tests/core/rechunk ;;
    tests/db/test_disk_regions)
        echo tests/db/disk_play tests/db/disk_fault tests/db/syscalls
        ;;
    tests/db/powercut)
        echo tests/db/powercut_{check,image,journal,work} tests/db/syscalls
        ;;
    tests/db/failcalls) echo tests/db/syscalls tests/db/allocs ;;
    tests/db/test_spare | tests/core/test_sieve_hostile)
        echo tests/db/allocs
        ;;
    tests/db/torture)
        echo tests/db/torture_{work,check} tests/db/scratch tests/db/tree
        ;;
    esac
    # Either trail, never both.
    case $1 in
    tests/db/powercut | tests/db/failcalls | tests/db/torture) ;;
    *) grep -q 'fake_trail.h\|fixture.h' "$srcdir/$1.c" &&
        echo tests/db/fake_trail tests/db/fixture ;;
    esac
    grep -q 'scratch.h' "$srcdir/$1.c" && echo tests/db/scratch tests/db/tree
    grep -q 'fake_verbs.h' "$srcdir/$1.c" && echo tests/db/fake_verbs
    grep -q 'verdict.h' "$srcdir/$1.c" && echo tests/db/verdict
}

build_sound() {
    local f objects=()

    mkdir "$T/o"
    cd "$srcdir" || return 1
    for f in core/*.c db/*.c db/bdb/*.c; do
        compile "$f" "$(object "${f%.c}")" || return 1
        objects+=("$(object "${f%.c}")")
    done
    ar rc "$T/sound.a" "${objects[@]}"
}

link_test() { # link_test TEST OBJECT: with the mutant's object, or none
    local h objects=()

    for h in $1 $(helpers "$1"); do
        [ -f "$(object "$h")" ] || compile "$h.c" "$(object "$h")" || return 1
        objects+=("$(object "$h")")
    done
    $CC -o "$T/test" "${objects[@]}" ${2:+"$2"} "$T/sound.a" "${LIBS[@]}"
}

# A test that a fault sends round for ever ends with its CPU time, so that one
# which only waits for a CPU is not taken for it.
play() { # play TEST
    local with=() status
    case $1 in
    tests/db/simulator) with=(2000 4 60 1) ;;
    tests/db/powercut) with=("$T/cut" 40 1 strict) ;;
    tests/db/torture) with=("$T/torture" 20 3 1) ;;
    esac
    (
        ulimit -t 120
        timeout 1200 "$T/test" ${with[@]+"${with[@]}"}
    ) >"$T/test.log" 2>&1
    status=$?
    rm -rf "$T/cut" "$T/torture"
    return $status
}

# ---- the list ----

# Reads the next mutant into name, file, tests, old and new.
read_mutant() {
    local line
    name='' file='' tests='' old='' new=''
    while IFS= read -r line <&3; do
        case $line in
        '' | '#'*) [ -z "$name" ] || return 0 ;;
        'name '*) name=${line#name } ;;
        'file '*) file=${line#file } ;;
        'tests '*) tests=${line#tests } ;;
        -*) old+=${line#-}$'\n' ;;
        +*) new+=${line#+}$'\n' ;;
        *) bail "a strange line in the list: $line" ;;
        esac
    done
    [ -n "$name" ]
}

# The file with the fault in it, in $T/mutant.c; the old text must be there
# once, or the list tells of another program.
plant() {
    local text rest
    text=$(cat "$srcdir/$file")$'\n'
    rest=${text#*"$old"}
    [ "$rest" != "$text" ] || {
        diag "$name: not in $file: $old"
        return 1
    }
    [ "${rest#*"$old"}" = "$rest" ] || {
        diag "$name: more than once in $file: $old"
        return 1
    }
    printf '%s%s%s' "${text%%"$old"*}" "$new" "$rest" >"$T/mutant.c"
}

noticed() {
    local t
    plant || return 1
    compile "$file" "$T/mutant.o" "$T/mutant.c" || return 1
    for t in $tests; do
        link_test "$t" "$T/mutant.o" || return 1
        play "$t" || {
            by=$t
            return 0
        }
    done
    return 1
}

sound_tests() {
    local t
    for t in $(sed -n 's/^tests //p' "$LIST" | tr ' ' '\n' | sort -u); do
        link_test "$t" '' && play "$t" || {
            diag "$t fails without any fault: $(tail -n 5 "$T/test.log")"
            return 1
        }
    done
}

wanted() {
    local n
    [ ${#only[@]} -gt 0 ] || return 0
    for n in "${only[@]}"; do
        [ "$n" != "$name" ] || return 0
    done
    return 1
}

only=("$@")
[ ${#only[@]} -gt 0 ] || only=()
count=$(grep -c '^name ' "$LIST")
[ ${#only[@]} -eq 0 ] || count=${#only[@]}
plan $((count + 1))
build_sound || bail 'the sources do not compile'
ok 'the tests pass without a fault' sound_tests
exec 3<"$LIST"
while read_mutant; do
    wanted || continue
    by=''
    noticed
    verdict $? "$name is noticed${by:+ by $by}"
done
