#ifndef LAUNCH_HTTPD_H
#define LAUNCH_HTTPD_H

/* The web server in front, as the launcher sees it. */

/* What a template's @NAMES@ become. */
struct launch_httpd_names {
    int port;           /* @PORT@ */
    const char *socket; /* @SOCKET@: the workers' */
    const char *run;    /* @RUN@: logs */
    const char *htdocs; /* @HTDOCS@ */
};

/**
 * launch_httpd_claim(port):
 * Whether 127.0.0.1:${port} can be listened at; with 0 a port that can is
 * chosen. Returns the port, or -1 with errno set.
 */
int launch_httpd_claim(int port);

/**
 * launch_httpd_program():
 * Path of lighttpd, or NULL when it is not installed.
 */
const char *launch_httpd_program(void);

/**
 * launch_httpd_configure(template, out, names, error):
 * Write the file ${out}, mode 0600, from ${template}. Returns 0, or -1 with a
 * sentence in ${error}.
 */
int launch_httpd_configure(const char *template, const char *out,
    const struct launch_httpd_names *names, char error[256]);

/**
 * launch_httpd_ready(port):
 * Ask 127.0.0.1:${port} for /health/ready. Returns the status of the answer,
 * or -1 when none came within a second.
 */
int launch_httpd_ready(int port);

#endif
