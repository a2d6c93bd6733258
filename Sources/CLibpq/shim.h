#ifndef LIKENESS_CLIBPQ_SHIM_H
#define LIKENESS_CLIBPQ_SHIM_H

#include <libpq-fe.h>

// What the reactor waits with; Swift's Glibc module leaves these out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <spawn.h>

// `PQsetNoticeProcessor` wants a C function; an empty one keeps notices off standard error.
static inline void likeness_ignore_notice(void *argument, const char *message) {
    (void)argument;
    (void)message;
}
static inline void likeness_ignore_notices(PGconn *connection) {
    PQsetNoticeProcessor(connection, likeness_ignore_notice, 0);
}

// `prctl` is variadic, which Swift cannot call.
static inline void likeness_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

// The codes of `PQresultErrorField` are character literals, which Swift does not import.
enum likeness_error_field {
    LIKENESS_ERROR_SEVERITY = 'V',
    LIKENESS_ERROR_SQLSTATE = 'C',
    LIKENESS_ERROR_MESSAGE = 'M',
    LIKENESS_ERROR_DETAIL = 'D',
    LIKENESS_ERROR_CONSTRAINT = 'n',
};

/* glibc 2.34 has it, but hides it from programs that do not define _GNU_SOURCE, which Swift's importer does not. */
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static inline int likeness_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

#endif
