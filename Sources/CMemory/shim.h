#ifndef CALLBOARD_CMEMORY_H
#define CALLBOARD_CMEMORY_H
#include <malloc.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* glibc has it, and hides it from what is compiled without _GNU_SOURCE. */
extern void *memmem(const void *haystack, size_t haystack_length,
                    const void *needle, size_t needle_length);

/* Short needles are sought at the places where their first and last bytes are right, sixteen at a
   time: memmem makes a table for every call, which costs more than the way to the next hit. Long
   needles are left to it, for here each place could cost their whole length. */
static inline const void *cmemory_find(const void *haystack, size_t haystack_length,
                                       const void *needle, size_t needle_length) {
#ifdef __SSE2__
  const unsigned char *text = (const unsigned char *)haystack;
  const unsigned char *sought = (const unsigned char *)needle;
  if (needle_length > 0 && needle_length <= 32 && haystack_length >= needle_length + 15) {
    const __m128i first = _mm_set1_epi8((char)sought[0]);
    const __m128i last = _mm_set1_epi8((char)sought[needle_length - 1]);
    size_t index = 0;
    for (; index + needle_length + 15 <= haystack_length; index += 16) {
      const __m128i heads = _mm_loadu_si128((const __m128i *)(text + index));
      const __m128i tails = _mm_loadu_si128((const __m128i *)(text + index + needle_length - 1));
      unsigned both = (unsigned)_mm_movemask_epi8(
          _mm_and_si128(_mm_cmpeq_epi8(heads, first), _mm_cmpeq_epi8(tails, last)));
      while (both != 0) {
        const unsigned char *place = text + index + __builtin_ctz(both);
        if (__builtin_memcmp(place, sought, needle_length) == 0) return place;
        both &= both - 1;
      }
    }
    if (haystack_length - index < needle_length) return 0;
    return memmem(text + index, haystack_length - index, needle, needle_length);
  }
#endif
  return memmem(haystack, haystack_length, needle, needle_length);
}

static inline void cmemory_trim(void) { malloc_trim(0); }

static inline void cmemory_keep_small(void) {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
}
#endif
