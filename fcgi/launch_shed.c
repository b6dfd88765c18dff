#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "launch_shed.h"

void launch_shed_user(struct launch_shed *s)
{
    bool usual = getpwnam("www-data") != NULL;

    s->user = usual ? "www-data" : "nobody";
    s->group = usual                         ? "www-data"
               : getgrnam("nogroup") != NULL ? "nogroup"
                                             : "nobody";
}

int launch_shed_give(const struct launch_shed *s, const char *socket)
{
    const struct passwd *user = getpwnam(s->user);

    if (user == NULL) {
        errno = ENOENT;
        return -1;
    }
    return chown(socket, user->pw_uid, user->pw_gid);
}

int launch_shed_open(
    struct launch_shed *s, const char *sockets, const char *htdocs)
{
    s->lent[0] = s->lent[1] = s->lent[2] = -1;
    s->lent[0] = open(sockets, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->lent[0] == -1)
        goto err0;
    s->lent[1] = open(htdocs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->lent[1] == -1)
        goto err1;
    snprintf(s->sockets, sizeof(s->sockets), "/proc/self/fd/%d", s->lent[0]);
    snprintf(s->htdocs, sizeof(s->htdocs), "/proc/self/fd/%d", s->lent[1]);
    return 0;

err1:
    close(s->lent[0]);
    s->lent[0] = -1;
err0:
    return -1;
}

void launch_shed_close(struct launch_shed *s)
{
    for (int i = 0; i < 2 && s->lent[i] != -1; i++)
        close(s->lent[i]);
    s->lent[0] = -1;
}
