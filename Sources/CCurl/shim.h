#ifndef CALLBOARD_CCURL_H
#define CALLBOARD_CCURL_H

// libcurl's options are variadic, which Swift does not import: one function for each type of
// argument. `curl_easy_setopt` is also a macro that checks types, so mistakes show when this is compiled.

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

static inline CURLcode callboard_set_number(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode callboard_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode callboard_set_text(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode callboard_set_pointer(CURL *easy, CURLoption option, void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode callboard_set_body(CURL *easy, const void *bytes, curl_off_t count) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return code ? code : (curl_easy_setopt)(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

static inline CURLcode callboard_set_headers(CURL *easy, struct curl_slist *headers) {
    return (curl_easy_setopt)(easy, CURLOPT_HTTPHEADER, headers);
}

typedef size_t (*callboard_data_callback)(char *, size_t, size_t, void *);

static inline CURLcode callboard_on_body(CURL *easy, callboard_data_callback call, void *context) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, call);
    return code ? code : (curl_easy_setopt)(easy, CURLOPT_WRITEDATA, context);
}

static inline CURLcode callboard_on_header(CURL *easy, callboard_data_callback call, void *context) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, call);
    return code ? code : (curl_easy_setopt)(easy, CURLOPT_HEADERDATA, context);
}

static inline CURLcode callboard_on_socket(
    CURL *easy, curl_opensocket_callback call, void *context) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, call);
    return code ? code : (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETDATA, context);
}

static inline CURLcode callboard_on_connected(
    CURL *easy, curl_prereq_callback call, void *context) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, call);
    return code ? code : (curl_easy_setopt)(easy, CURLOPT_PREREQDATA, context);
}

static inline long callboard_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// Whether the connection, with TLS, was ready for the request.
static inline int callboard_was_connected(CURL *easy) {
    curl_off_t time = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &time);
    return time > 0;
}

static inline CURLMcode callboard_set_multi_number(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

// The next transfer that is over, with its result; NULL if there is none.
static inline CURL *callboard_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

// Copies the bytes of the address, 4 or 16, and gives their number; 0 for any other family.
// The struct holds more than its type says, so it must not be copied.
static inline int callboard_address_bytes(struct curl_sockaddr *address, unsigned char *bytes) {
    if (address->family == AF_INET) {
        memcpy(bytes, &((struct sockaddr_in *)&address->addr)->sin_addr, 4);
        return 4;
    }
    if (address->family == AF_INET6) {
        memcpy(bytes, &((struct sockaddr_in6 *)&address->addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

static inline curl_socket_t callboard_open_socket(struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// The bytes of an address written as text, 4 or 16; 0 if it is none.
static inline int callboard_parse_address(const char *text, unsigned char *bytes) {
    if (inet_pton(AF_INET, text, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

#endif
