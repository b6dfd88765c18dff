/* What must hold: whatever of the unsynced writes a power cut leaves on the
 * disk, the store recovers, an audit finds nothing, and whatever verb was
 * acknowledged as done is there.
 *
 *   powercut DIR ROUNDS SEED [strict]    TAP on standard output
 *
 * DIR must not exist. Workers live one after the other on a store, each killed
 * at some system call; everything they write, sync and acknowledge goes to a
 * journal. A cut takes a beginning of it and makes the disk as it may be then:
 * what was synced is there, of the rest each sector (of a log) or page (of a
 * table) as of some moment since. File systems with a journal put the name of a
 * new file on the disk when the file is synced; with "strict" only a sync of
 * the directory does. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "powercut.h"
#include "scratch.h"
#include "verdict.h"

enum { CUTS = 4 }; /* of one store, the first before anybody was killed */

struct powercut_shared *powercut;

uint64_t powercut_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint32_t powercut_between(uint32_t low, uint32_t high, uint64_t chance)
{
    return low + (uint32_t)(chance % (high - low + 1));
}

static void sweep(const char *dir)
{
    scratch_sweep(dir);
    store_discard(dir);
}

/* Live until ${calls} records more, or at times until the middle of the
 * checkpoint after them. Returns whether it was killed there. */
static bool live(uint32_t calls, uint64_t chance)
{
    uint32_t born = powercut->count;
    int status;

    powercut->kill_at = powercut->count + calls;
    powercut->pages =
        chance % 2 == 0 ? 0 : powercut_between(1, 40, chance >> 1);
    status = scratch_run(powercut_work, NULL);
    powercut->lives++;
    powercut->rash += !powercut_synced_first(born);
    if (status == 1000 + SIGKILL)
        return true;
    printf("# a worker ended with status %d\n", status);
    return false;
}

static bool cut_at(uint32_t cut, uint64_t salt)
{
    bool good;

    powercut->cut = cut;
    good = scratch_run(powercut_image, &salt) == 0 &&
           scratch_run(powercut_check, NULL) == 0;
    if (!good)
        printf("# cut at record %u of %u, salt %llu\n", (unsigned)cut,
            (unsigned)powercut->count, (unsigned long long)salt);
    sweep(powercut->image);
    return good;
}

/* A store, two workers to five, and the cuts. Returns how many went wrong. */
static unsigned play(unsigned cuts, uint64_t salt)
{
    unsigned bad = 0;
    uint32_t first, killed;

    powercut->count = powercut->files = powercut->round = 0;
    powercut->used = 0;
    bad += !live(powercut_between(150, 3500, powercut_mix(salt)),
        powercut_mix(salt + 10));
    first = powercut->count;
    for (unsigned i = powercut_mix(salt + 1) % 4; i > 0; i--)
        bad += !live(powercut_between(5, 200, powercut_mix(salt + 20 + i)),
            powercut_mix(salt + 30 + i));
    killed = powercut->count;
    bad += !live(powercut_between(100, 600, powercut_mix(salt + 3)), 0);
    for (unsigned i = 0; i < cuts; i++)
        bad +=
            !cut_at(i == 0 ? powercut_between(1, first, powercut_mix(salt + 4))
                           : powercut_between(killed, powercut->count,
                                 powercut_mix(salt + 5 + i)),
                salt + i);
    sweep(powercut->dir);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned rounds, bad = 0;
    uint64_t seed;

    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: powercut DIR ROUNDS SEED [strict]\n");
        return 2;
    }
    rounds = (unsigned)strtoul(argv[2], NULL, 10);
    seed = strtoull(argv[3], NULL, 10);
    powercut = scratch_shared(sizeof(*powercut));
    powercut->strict = argc == 5;
    if (mkdir(argv[1], 0700) < 0 || realpath(argv[1], powercut->image) == NULL)
        return 1;
    snprintf(
        powercut->dir, PATH_MAX, "%.*s/live", PATH_MAX - 10, powercut->image);
    strcat(powercut->image, "/cut");
    for (unsigned done = 0; done < rounds; done += CUTS)
        bad += play(rounds - done < CUTS ? rounds - done : CUTS,
            seed * 1000003 + done * UINT64_C(101));
    printf("1..5\n");
    verdict_tell(bad == 0 && powercut->opened == rounds,
        "stores that came back", powercut->opened);
    verdict_tell(powercut->settles > 0 && powercut->settles_lost == 0,
        "every acknowledged settlement is there", powercut->settles);
    verdict_tell(powercut->grants > 0 && powercut->grants_lost == 0,
        "every acknowledged grant is there", powercut->grants);
    verdict_tell(powercut->breaches == 0, "an audit finds no breach",
        powercut->breaches);
    verdict_tell(powercut->lives > 0 && powercut->rash == 0,
        "who recovers syncs all files before writing to any", powercut->lives);
    printf("# lost: %u settlements, %u grants\n", powercut->settles_lost,
        powercut->grants_lost);
    return verdict_status();
}
