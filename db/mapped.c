#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "mapped.h"

void *mapped_table(int fd, size_t n)
{
    void *p;

    if ((errno = posix_fallocate(fd, 0, (off_t)n)) != 0)
        return NULL;
    p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return p != MAP_FAILED ? p : NULL;
}

bool mapped_sound(int fd, size_t n)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink > 0 && st.st_size >= (off_t)n;
}
