#ifndef LIKENESS_CLIBPQ_SHIM_H
#define LIKENESS_CLIBPQ_SHIM_H

#include <libpq-fe.h>

// What the reactor waits with; Swift's Glibc module leaves these out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

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

#endif
