#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Swift calls no functions of variable arguments.

typedef size_t (*curl_taker)(char *bytes, size_t size, size_t count, void *context);
typedef int (*curl_watcher)(void *context, curl_off_t total, curl_off_t now, curl_off_t up, curl_off_t sent);

static inline CURLcode curl_set_number(CURL *curl, CURLoption option, long value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_text(CURL *curl, CURLoption option, const char *value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_pointer(CURL *curl, CURLoption option, void *value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_taker(CURL *curl, CURLoption option, curl_taker value) { return curl_easy_setopt(curl, option, value); }
static inline CURLcode curl_set_watcher(CURL *curl, CURLoption option, curl_watcher value) { return curl_easy_setopt(curl, option, value); }

/// Of the last answer: 200, 404; 0 where there was none.
static inline long curl_response_code(CURL *curl) {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/// A token for the host of the address, and for no other that it sends on to.
static inline void curl_set_bearer(CURL *curl, const char *token) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
}
