// What Swift cannot say itself: variadic functions, a va_list in a callback, and SIG_IGN, which is
// a cast and therefore not imported.
#ifndef CALLBOARD_CMICROHTTPD_H
#define CALLBOARD_CMICROHTTPD_H

#include <microhttpd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

// Everything a daemon is started with. The structure must outlive the daemon: the library keeps
// pointers to it and to the PEM texts.
struct CMHDSettings {
    unsigned int flags;
    int listenSocket;
    unsigned int threads;
    size_t connectionMemory;
    unsigned int connectionLimit;
    unsigned int addressLimit;
    unsigned int idleSeconds;
    const char *key;
    const char *certificate;
    const char *priorities;
    void *context;
    void *(*began)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
    void (*logged)(void *context, const char *message);
};

// Formats a message of the library, since a va_list cannot cross into Swift safely.
static inline void cmhd_log(void *settings, const char *format, va_list arguments) {
    const struct CMHDSettings *s = (const struct CMHDSettings *)settings;
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    s->logged(s->context, text);
}

// Leaves an escaped text as it is: what is decoded, and when, is decided in Swift.
static inline size_t cmhd_keep_escaped(void *context, struct MHD_Connection *connection,
                                       char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static inline struct MHD_Daemon *cmhd_start(struct CMHDSettings *s) {
    struct MHD_OptionItem o[24];
    int n = 0;
#define CMHD_ADD(option, number, pointer) \
    (o[n++] = (struct MHD_OptionItem){(option), (intptr_t)(number), (void *)(pointer)})
    // The logger comes first, so that what is wrong with a later option is heard.
    CMHD_ADD(MHD_OPTION_EXTERNAL_LOGGER, &cmhd_log, s);
    CMHD_ADD(MHD_OPTION_LISTEN_SOCKET, s->listenSocket, NULL);
    // A pool of one is refused by the library; unset means one thread.
    if (s->threads > 1) CMHD_ADD(MHD_OPTION_THREAD_POOL_SIZE, s->threads, NULL);
    CMHD_ADD(MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->connectionMemory, NULL);
    CMHD_ADD(MHD_OPTION_CONNECTION_LIMIT, s->connectionLimit, NULL);
    if (s->addressLimit > 0) CMHD_ADD(MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->addressLimit, NULL);
    CMHD_ADD(MHD_OPTION_CONNECTION_TIMEOUT, s->idleSeconds, NULL);
    CMHD_ADD(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    CMHD_ADD(MHD_OPTION_UNESCAPE_CALLBACK, &cmhd_keep_escaped, NULL);
    CMHD_ADD(MHD_OPTION_URI_LOG_CALLBACK, s->began, s->context);
    CMHD_ADD(MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context);
    CMHD_ADD(MHD_OPTION_NOTIFY_CONNECTION, s->connection, s->context);
    if (s->key != NULL && s->certificate != NULL) {
        CMHD_ADD(MHD_OPTION_HTTPS_MEM_KEY, 0, s->key);
        CMHD_ADD(MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate);
        CMHD_ADD(MHD_OPTION_HTTPS_PRIORITIES, 0, s->priorities);
    }
    CMHD_ADD(MHD_OPTION_END, 0, NULL);
#undef CMHD_ADD
    return MHD_start_daemon(s->flags, 0, NULL, NULL, s->handle, s->context, MHD_OPTION_ARRAY, o,
                            MHD_OPTION_END);
}

static inline int cmhd_socket(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    return i == NULL ? -1 : i->connect_fd;
}

static inline const struct sockaddr *cmhd_peer(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return i == NULL ? NULL : i->client_addr;
}

static inline void *cmhd_record(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i == NULL ? NULL : i->socket_context;
}

static inline size_t cmhd_head_size(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return i == NULL ? 0 : i->header_size;
}

// Names the calling thread; pthread_setname_np hides behind a feature macro.
static inline void cmhd_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static inline void cmhd_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

#endif
