#ifndef CALLBOARD_CMEMORY_H
#define CALLBOARD_CMEMORY_H
#include <malloc.h>
#include <stddef.h>

/* glibc has it, and hides it from what is compiled without _GNU_SOURCE. */
extern void *memmem(const void *haystack, size_t haystack_length,
                    const void *needle, size_t needle_length);

static inline const void *cmemory_find(const void *haystack, size_t haystack_length,
                                       const void *needle, size_t needle_length) {
  return memmem(haystack, haystack_length, needle, needle_length);
}

static inline void cmemory_trim(void) { malloc_trim(0); }
#endif
