#ifndef LAUNCH_TEMPLATE_H
#define LAUNCH_TEMPLATE_H

/* The configuration of a web server, made from a file of httpd-conf. */

/* What a template's @NAMES@ become. */
struct launch_template {
    int port;            /* @PORT@ */
    const char *sockets; /* @SOCKETS@: the directory of the workers' */
    const char *run;     /* @RUN@: logs */
    const char *htdocs;  /* @HTDOCS@ */
    const char *user;    /* @USER@: of a web server that root starts */
    const char *group;   /* @GROUP@ */
};

/**
 * launch_template_fill(names, template, out, unfit, error):
 * Write the file ${out}, mode 0600, from ${template}. A path that contains one
 * of the characters ${unfit}, or a control character, is refused: inside a
 * quoted string of that configuration it would end it or stand for something
 * else. Returns 0, or -1 with a sentence in ${error}.
 */
int launch_template_fill(const struct launch_template *names,
    const char *template, const char *out, const char *unfit, char error[256]);

#endif
