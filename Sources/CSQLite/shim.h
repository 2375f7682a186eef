#pragma once
#include <sqlite3.h>

// What Swift cannot call directly: variadic functions, and macros that are casts.

/// Sets one boolean option of a connection (SQLITE_DBCONFIG_...).
static inline int callboard_sqlite_set(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}

/// Binds a copy of the bytes as text; no bytes mean the empty text, never NULL.
static inline int callboard_sqlite_bind_text(
    sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(
        statement, index, count ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Binds a copy of the bytes as a blob; no bytes mean the empty blob, never NULL.
static inline int callboard_sqlite_bind_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}
