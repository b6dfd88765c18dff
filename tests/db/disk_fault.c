#include <errno.h>

#include "disk_fault.h"
#include "syscalls.h"

static struct {
    int error;     /* what writes fail with; 0: they work */
    unsigned left; /* that still work */
    bool no_sync;
} fault;

static int before_write(void)
{
    if (fault.error == 0 || fault.left == 0)
        return fault.error;
    fault.left--;
    return SYSCALL_GO;
}

static int before(enum syscall_kind kind)
{
    if (kind == SYSCALL_WRITE)
        return before_write();
    return kind == SYSCALL_SYNC && fault.no_sync ? EIO : SYSCALL_GO;
}

static const struct syscalls hooks = {.before = before};

void disk_fault_writes(int error, unsigned writes)
{
    fault.error = error;
    fault.left = writes;
    syscalls_hook(&hooks);
}

unsigned disk_fault_left(void)
{
    return fault.left;
}

void disk_fault_syncs(bool fail)
{
    fault.no_sync = fail;
    syscalls_hook(&hooks);
}
