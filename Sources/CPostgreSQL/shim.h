#pragma once
#include <libpq-fe.h>

static inline void callboard_pq_ignore(void *context, const PGresult *notice) {
    (void)context;
    (void)notice;
}

/// Stops libpq from printing the server's notices on standard error.
static inline void callboard_pq_silence(PGconn *connection) {
    PQsetNoticeReceiver(connection, callboard_pq_ignore, 0);
}

/// One field of an error report, by its letter in the protocol ('C' SQLSTATE, 'M' message,
/// 'n' constraint): the header has these letters as macros only.
static inline const char *callboard_pq_field(const PGresult *result, char letter) {
    return PQresultErrorField(result, letter);
}
