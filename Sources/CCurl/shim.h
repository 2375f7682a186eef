#ifndef CALLBOARD_CCURL_H
#define CALLBOARD_CCURL_H
#include <curl/curl.h>
#endif
