/* Runs a program under a filter of system calls, as a service manager would:
 *
 *   confined NUMBER... -- PROGRAM ARGS...
 *
 * Whoever makes a call of another number is killed by SIGSYS. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CALLS_MAX = 1000 };

static struct sock_filter program[2 * CALLS_MAX + 2];

/* Returns how many instructions the filter for the calls in ${argv} has. */
static size_t compile(char **argv, int n)
{
    size_t used = 0;

    program[used++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < n; i++) {
        program[used++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                (unsigned)strtoul(argv[i], NULL, 10), 0, 1);
        program[used++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    program[used++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    return used;
}

int main(int argc, char **argv)
{
    struct sock_fprog filter = {.filter = program};
    int n = 1;

    while (n < argc && strcmp(argv[n], "--") != 0)
        n++;
    if (n < 2 || n - 1 > CALLS_MAX || n + 1 >= argc) {
        fputs("usage: confined NUMBER... -- PROGRAM ARGS...\n", stderr);
        return 2;
    }
    filter.len = (unsigned short)compile(argv + 1, n - 1);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
        execv(argv[n + 1], argv + n + 1);
    fprintf(stderr, "confined: %s\n", strerror(errno));
    return 126;
}
