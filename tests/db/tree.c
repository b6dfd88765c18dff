#include "tree.h"

#include <ftw.h>
#include <stdio.h>

static int drop(
    const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

int tree_drop(const char *path)
{
    return nftw(path, drop, 8, FTW_DEPTH | FTW_PHYS);
}
